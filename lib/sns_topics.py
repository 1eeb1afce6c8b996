"""How a topic of Amazon SNS is named: its ARN, with the part of Amazon's network (group 1) and the region (group 2)."""

from __future__ import annotations

import re

TOPIC_ARN = re.compile(r"arn:(aws[a-z-]*):sns:([a-z0-9-]{5,30}):\d{12}:[A-Za-z0-9_-]{1,256}")
