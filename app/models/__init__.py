"""Tables, constraints and indexes, one file per aggregate. Importing this package knows them all."""

from app.models.account import Account, BindingScene, IdempotentAnswer, LoginAttempt, SignIn, WechatFollower
from app.models.claim import Claim, ClaimState
from app.models.document import Document, DocumentState
from app.models.employer import Employer
from app.models.error_report import ErrorReport, ErrorReportState
from app.models.event import Event, LegalStep
from app.models.fallback import Fallback, FallbackState
from app.models.filing import Filing, FilingState, Lane, Review, Verdict
from app.models.graduate import BaseState, Graduate
from app.models.invitation import Invitation, InvitationState
from app.models.message import Channel, Message, MessageState, Topic, WechatCallback
from app.models.preference import Preference, Refusal, SubscriptionConsent
from app.models.reporting import BatchState, ReportBatch, ReportLine, ReportScope, ReportSystem
from app.models.return_link import ReturnLink
from app.models.school import College, Module, ModuleName, School
from app.models.sending import ClockBeat, SendingCount, SendingPause, SendingQuota
from app.models.termination import Termination, TerminationState
from app.models.transfer import (
    ArchiveOffice,
    Confirmation,
    ConfirmationState,
    DeletionRequest,
    Transfer,
    TransferSource,
    TransferState,
)
from app.models.upload import Scan, Upload, UploadKind, UploadLikeness, Warned

__all__ = [
    "Account",
    "ArchiveOffice",
    "BaseState",
    "BatchState",
    "BindingScene",
    "Channel",
    "Claim",
    "ClaimState",
    "ClockBeat",
    "College",
    "Confirmation",
    "ConfirmationState",
    "DeletionRequest",
    "Document",
    "DocumentState",
    "Employer",
    "ErrorReport",
    "ErrorReportState",
    "Event",
    "Fallback",
    "FallbackState",
    "Filing",
    "FilingState",
    "Graduate",
    "IdempotentAnswer",
    "Invitation",
    "InvitationState",
    "Lane",
    "LegalStep",
    "LoginAttempt",
    "Message",
    "MessageState",
    "Module",
    "ModuleName",
    "Preference",
    "Refusal",
    "ReportBatch",
    "ReportLine",
    "ReportScope",
    "ReportSystem",
    "ReturnLink",
    "Review",
    "Scan",
    "School",
    "SendingCount",
    "SendingPause",
    "SendingQuota",
    "SignIn",
    "SubscriptionConsent",
    "Termination",
    "TerminationState",
    "Topic",
    "Transfer",
    "TransferSource",
    "TransferState",
    "Upload",
    "UploadKind",
    "UploadLikeness",
    "Verdict",
    "Warned",
    "WechatCallback",
    "WechatFollower",
]
