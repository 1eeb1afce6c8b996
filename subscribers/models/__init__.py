"""People and permission. What crosses these tables lives in signup, preferences, suppression and consent."""

from subscribers.models.address_changes import AddressChange, FormerSubscriber
from subscribers.models.attributes import Attribute, Tag, TaggedSubscriber
from subscribers.models.bulk_jobs import BulkJob, BulkJobBatch
from subscribers.models.consent import ConsentRecord, LeavingReason
from subscribers.models.form_requests import FormRequest
from subscribers.models.imports import Import, ImportBatch
from subscribers.models.lists import (
    DIGESTS,
    Frequency,
    JoinRequest,
    MailingList,
    OptIn,
    Subscription,
    Topic,
    TopicSelection,
)
from subscribers.models.notes import PersonNote
from subscribers.models.people import Subscriber
from subscribers.models.segments import Segment
from subscribers.models.suppressions import Suppression

__all__ = [
    "DIGESTS",
    "AddressChange",
    "Attribute",
    "BulkJob",
    "BulkJobBatch",
    "ConsentRecord",
    "FormRequest",
    "FormerSubscriber",
    "Frequency",
    "Import",
    "ImportBatch",
    "JoinRequest",
    "LeavingReason",
    "MailingList",
    "OptIn",
    "PersonNote",
    "Segment",
    "Subscriber",
    "Subscription",
    "Suppression",
    "Tag",
    "TaggedSubscriber",
    "Topic",
    "TopicSelection",
]
