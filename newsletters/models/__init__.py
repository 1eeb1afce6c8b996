"""Data, constraints and QuerySet verbs, a file a stage. What crosses tables lives in the stage's own modules."""

from newsletters.models.api_tokens import ApiToken
from newsletters.models.approvals import Approval
from newsletters.models.archives import (
    ArchiveCategory,
    ArchivedItem,
    ArchivedPictureFile,
    ArchiveImport,
    ArchiveLine,
    OldAddress,
)
from newsletters.models.articles import Article, ArticleAuthor, ArticleRevision, Author, FormerAddress
from newsletters.models.comments import Comment
from newsletters.models.dead_addresses import DeadAddress
from newsletters.models.deliveries import Attempt, Chunk, Delivery
from newsletters.models.digests import DigestArticle, DigestRun
from newsletters.models.editions import Edition, EditionItem, EditionRevision, EditionTemplate
from newsletters.models.feedback import Feedback, PolledMailbox, RawEvent, StoppedDomain
from newsletters.models.feeds import FeedCategory, FeedItem, FeedLogEntry, FeedPicture, FeedSource
from newsletters.models.institute import Institute
from newsletters.models.links import (
    Agent,
    ClickCount,
    ClickSpool,
    CountedFolder,
    CountedLink,
    MendedLink,
    OpenCount,
    RolledUpCounts,
)
from newsletters.models.list_texts import ListText
from newsletters.models.list_welcomes import ListWelcome
from newsletters.models.newsletters import Newsletter, Occurrence
from newsletters.models.pages import FormerPageAddress, Page, PageRevision
from newsletters.models.pictures import Picture, PictureUpload
from newsletters.models.preflight import Inspection, PreflightOverride
from newsletters.models.rate_limits import RateLimit
from newsletters.models.reader_counts import Engagement, ReaderCount
from newsletters.models.reengagements import Reengagement
from newsletters.models.report_counts import EditionAge, EditionHour, ListFigures, RecipientGroups, SharedReport
from newsletters.models.reviews import Correction, PreviewLink, ReviewRequest
from newsletters.models.schedule_changes import ScheduleChange
from newsletters.models.search_texts import ArticleText
from newsletters.models.seed_lists import SeedList
from newsletters.models.sending_guard import SendingGuard
from newsletters.models.site_changes import SiteChange
from newsletters.models.variants import Variant

__all__ = [
    "Agent",
    "ApiToken",
    "Approval",
    "ArchiveCategory",
    "ArchiveImport",
    "ArchiveLine",
    "ArchivedItem",
    "ArchivedPictureFile",
    "Article",
    "ArticleAuthor",
    "ArticleRevision",
    "ArticleText",
    "Attempt",
    "Author",
    "Chunk",
    "ClickCount",
    "ClickSpool",
    "Comment",
    "Correction",
    "CountedFolder",
    "CountedLink",
    "DeadAddress",
    "Delivery",
    "DigestArticle",
    "DigestRun",
    "Edition",
    "EditionAge",
    "EditionHour",
    "EditionItem",
    "EditionRevision",
    "EditionTemplate",
    "Engagement",
    "FeedCategory",
    "FeedItem",
    "FeedLogEntry",
    "FeedPicture",
    "FeedSource",
    "Feedback",
    "FormerAddress",
    "FormerPageAddress",
    "Inspection",
    "Institute",
    "ListFigures",
    "ListText",
    "ListWelcome",
    "MendedLink",
    "Newsletter",
    "Occurrence",
    "OldAddress",
    "OpenCount",
    "Page",
    "PageRevision",
    "Picture",
    "PictureUpload",
    "PolledMailbox",
    "PreflightOverride",
    "PreviewLink",
    "RateLimit",
    "RawEvent",
    "ReaderCount",
    "RecipientGroups",
    "Reengagement",
    "ReviewRequest",
    "RolledUpCounts",
    "ScheduleChange",
    "SeedList",
    "SendingGuard",
    "SharedReport",
    "SiteChange",
    "StoppedDomain",
    "Variant",
]
