"""Rows of the database, a module a subject. Importing this package knows every table."""

from __future__ import annotations

from app.models.access_items import ACCESS_KINDS, AccessItem
from app.models.accounts import ClientScope, Role, SignInTries, User, UserSession, users_roles
from app.models.api import ApiCall, ApiToken
from app.models.audit import AuditDenialCount, AuditEvent, AuditLink
from app.models.availability import CLAIM_STATUSES, Availability, SkillClaim
from app.models.base import Base
from app.models.calendar_links import CalendarLink
from app.models.drills import Drill, DrillResult
from app.models.hours import HoursEntry
from app.models.imports import (
    ImportChunk,
    ImportFile,
    ImportMatching,
    ImportProblem,
    ImportRow,
    ImportUpload,
)
from app.models.limits import PlanLimits
from app.models.mails import MAIL_MODES, Mail, MailServerState
from app.models.messages import Message
from app.models.offers import DECLINE_REASONS, OFFER_STATUSES, Offer
from app.models.pauses import (
    PEOPLE_KINDS,
    REASON_CLASSES,
    Pause,
    PausePerson,
    PauseProject,
    PauseReminder,
)
from app.models.payroll import (
    HOURS_KINDS,
    ExportBatch,
    ExportDay,
    ExportFile,
    ExportFilePart,
    ExportLine,
    HoursCorrection,
    KeptReadiness,
    PayPeriod,
    PayRate,
)
from app.models.people import Client, Contractor, ContractorSkill, Skill, TimeOff, Wall
from app.models.plans import PlanProgress, PlanRun, Proposal, RejectedPair, UnplacedContractor
from app.models.policies import SavedPolicy
from app.models.projects import Assignment, Project, ProjectSkill
from app.models.recalls import RECALL_CHANGES, Recall, RecallProgress, RecallRow
from app.models.receiver_formats import (
    RECEIVER_KINDS,
    BatchFile,
    ReceiverFormat,
    ReceiverFormatVersion,
)
from app.models.reviews import BATCH_VERBS, Explanation, ReviewBatch, ReviewBatchRow, SavedView
from app.models.scenarios import Scenario, ScenarioPerson, ScenarioProgress
from app.models.timesheets import SHEET_STATUSES, ApprovedHours, PayGroup, Timesheet
from app.models.webhooks import DELIVERY_STATUSES, WebhookDelivery, WebhookEndpoint, WebhookEvent

__all__ = [
    "ACCESS_KINDS",
    "BATCH_VERBS",
    "CLAIM_STATUSES",
    "DECLINE_REASONS",
    "DELIVERY_STATUSES",
    "HOURS_KINDS",
    "MAIL_MODES",
    "OFFER_STATUSES",
    "PEOPLE_KINDS",
    "REASON_CLASSES",
    "RECALL_CHANGES",
    "RECEIVER_KINDS",
    "SHEET_STATUSES",
    "AccessItem",
    "ApiCall",
    "ApiToken",
    "ApprovedHours",
    "Assignment",
    "AuditDenialCount",
    "AuditEvent",
    "AuditLink",
    "Availability",
    "Base",
    "BatchFile",
    "CalendarLink",
    "Client",
    "ClientScope",
    "Contractor",
    "ContractorSkill",
    "Drill",
    "DrillResult",
    "Explanation",
    "ExportBatch",
    "ExportDay",
    "ExportFile",
    "ExportFilePart",
    "ExportLine",
    "HoursCorrection",
    "HoursEntry",
    "ImportChunk",
    "ImportFile",
    "ImportMatching",
    "ImportProblem",
    "ImportRow",
    "ImportUpload",
    "KeptReadiness",
    "Mail",
    "MailServerState",
    "Message",
    "Offer",
    "Pause",
    "PausePerson",
    "PauseProject",
    "PauseReminder",
    "PayGroup",
    "PayPeriod",
    "PayRate",
    "PlanLimits",
    "PlanProgress",
    "PlanRun",
    "Project",
    "ProjectSkill",
    "Proposal",
    "Recall",
    "RecallProgress",
    "RecallRow",
    "ReceiverFormat",
    "ReceiverFormatVersion",
    "RejectedPair",
    "ReviewBatch",
    "ReviewBatchRow",
    "Role",
    "SavedPolicy",
    "SavedView",
    "Scenario",
    "ScenarioPerson",
    "ScenarioProgress",
    "SignInTries",
    "Skill",
    "SkillClaim",
    "TimeOff",
    "Timesheet",
    "UnplacedContractor",
    "User",
    "UserSession",
    "Wall",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "users_roles",
]
