"""Where Django looks for the pages of an app's staff."""

from iria.accounts import staff_admin

__all__ = ["staff_admin"]
