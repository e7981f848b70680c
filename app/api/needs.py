"""What the operations of each desk need: a permission of the role, a scope of the token."""

from __future__ import annotations

from app.api.guard import Need
from app.services.access import Permission

READ_OPS = Need(Permission.VIEW_OPS, "ops:read")
LIST_OPS = Need(Permission.VIEW_OPS, "ops:read", narrowed=True)
PAUSE = Need(Permission.PAUSE, "ops:write")
ORDER_PAUSE = Need(Permission.PAUSE, "ops:write", narrowed=True)
PLAN = Need(Permission.PLAN, "ops:write")
REVIEW = Need(Permission.REVIEW, "ops:write")
WITHDRAW = Need(Permission.REVIEW, "ops:write", narrowed=True)
READ_EXPOSURE = Need(Permission.VIEW_EXPOSURE, "exposure:read")
LIST_EXPOSURE = Need(Permission.VIEW_EXPOSURE, "exposure:read", narrowed=True)
READ_HOURS = Need(Permission.VIEW_TIMESHEETS, "hours:read")
DECIDE_HOURS = Need(Permission.DECIDE_HOURS, "hours:write")
READ_PAYROLL = Need(Permission.VIEW_PAYROLL, "payroll:read")
EXPORT_PAYROLL = Need(Permission.EXPORT_PAYROLL, "payroll:write")
READ_OWN_WORK = Need(Permission.LOG_OWN_HOURS, "own:read")
WRITE_OWN_HOURS = Need(Permission.LOG_OWN_HOURS, "own:write")
READ_OWN_OFFERS = Need(Permission.ANSWER_OWN_OFFERS, "own:read")
ANSWER_OWN_OFFERS = Need(Permission.ANSWER_OWN_OFFERS, "own:write")
READ_AUDIT = Need(Permission.VIEW_AUDIT, "audit:read")
