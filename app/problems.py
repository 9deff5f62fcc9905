"""One class per way of refusing (RFC 9457): a stable machine code, a status and a Chinese sentence for the person."""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """Something the caller asked for is refused; nothing was changed.

    ``extra`` goes into the problem document beside the standard members, ``headers`` onto the response.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "请求无法处理"
    sentence: ClassVar[str] = "请求的内容无法识别，请刷新后重试。"
    keeps_what_was_written: ClassVar[bool] = False
    """True where the refusal itself leaves a trace that must survive it (a counted wrong PIN)."""
    overtaken: bool = False
    """True where another was faster between reading and writing: who looks again may find the better answer."""

    def __init__(self, detail: str | None = None, *, headers: dict[str, str] | None = None, **extra: Any) -> None:
        self.detail = detail or self.sentence
        self.headers = headers or {}
        self.extra = extra
        super().__init__(self.detail)

    def document(self, request_id: str) -> dict[str, Any]:
        """The problem+json body."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "instance": request_id,
            **self.extra,
        }


class BadRequest(Problem):
    """Unreadable: not JSON, a wrong header, an impossible cursor."""


class NotSignedIn(Problem):
    """No valid access token, or its session has been ended."""

    status, code, title = 401, "not_signed_in", "请先登录"
    sentence = "登录已过期，请重新登录。"


class WrongPassword(Problem):
    """Log-in name and password do not fit together."""

    status, code, title = 401, "wrong_password", "登录失败"
    sentence = "账号或密码不正确。"


class NotAllowed(Problem):
    """The role may not do this at all (a row one may not see is :class:`NotFound`)."""

    status, code, title = 403, "not_allowed", "没有权限"
    sentence = "你的账号不能做这项操作。"


class NotFound(Problem):
    """Absent, or not for this caller: the two look the same."""

    status, code, title = 404, "not_found", "没有找到"
    sentence = "没有找到这条记录，可能已被删除，或不属于你。"


class NotNow(Problem):
    """The state does not allow the action; ``state`` tells the present one."""

    status, code, title = 409, "not_now", "现在不能这样做"
    sentence = "状态已经变化，现在不能进行这项操作。"


class TooLate(NotNow):
    """The deadline has passed (应约有效期已过)."""

    code, title = "too_late", "已过截止时间"
    sentence = "已超过应约截止时间，邀请已失效。可以请单位重新发起。"


class LaneHeld(NotNow):
    """Another claim or filing already holds the lane (同一时间只能有一份); ``holder`` names it."""

    code, title = "lane_held", "已有进行中的去向"
    sentence = "你已有一份进行中的去向，同一时间只能有一份。"


class DraftExists(NotNow):
    """The graduate has a draft of this kind already."""

    code, title = "draft_exists", "已有一份草稿"
    sentence = "你已有一份同类的草稿，请继续填写那一份，或先删除它。"


class UnderReview(NotNow):
    """Another filing about the same thing is under review (同一件事同时只审一份)."""

    code, title = "under_review", "已有一份在审核"
    sentence = "同一件事已有一份在审核，审核结束后才能再交。"


class AlreadyEnding(NotNow):
    """The other party asked to end the same signing a moment before."""

    code, title = "already_ending", "正在解约"
    sentence = "对方刚刚也申请了解约，请刷新后答复。"


class BaseDataUnconfirmed(NotNow):
    """The graduate has not confirmed the base data (基本信息) yet."""

    code, title = "base_data_unconfirmed", "请先确认基本信息"
    sentence = "请先核对并确认基本信息，再进行这项操作。"


class AlreadyInvited(NotNow):
    """The employer already has an open invitation to this graduate."""

    code, title = "already_invited", "已有未答复的邀请"
    sentence = "你已向该毕业生发出邀请，对方还没有答复。撤回或到期后可以再发。"


class DecidedByOther(NotNow):
    """Another reviewer was faster."""

    code, title = "decided_by_other", "已被处理"
    sentence = "这份材料刚刚已由其他老师处理。"


class NotClean(NotNow):
    """批量通过 takes only what gives no cause for a closer look."""

    code, title = "not_clean", "需要逐份审核"
    sentence = "这份材料需要打开核对后再审。"


class Stale(Problem):
    """The row changed since the caller read it."""

    status, code, title = 412, "stale", "内容已更新"
    sentence = "内容刚刚有更新，请看过最新内容后再操作。"
    # ``since``, where it is known: what happened meanwhile, ``[{at, what, by}]``.


class TooLarge(Problem):
    """The body exceeds the limit."""

    status, code, title = 413, "too_large", "内容过大"
    sentence = "提交的内容过大。"


class NotJson(Problem):
    """The body is not application/json."""

    status, code, title = 415, "not_json", "格式不支持"
    sentence = "只接受 JSON 格式的内容。"


class Invalid(Problem):
    """Fields are wrong; ``errors`` lists ``{pointer, detail}``."""

    status, code, title = 422, "invalid", "填写有误"
    sentence = "有几处填写需要修改。"

    def __init__(self, errors: list[dict[str, str]], detail: str | None = None) -> None:
        super().__init__(detail, errors=errors)

    @classmethod
    def field(cls, pointer: str, detail: str) -> Invalid:
        """One wrong field."""
        return cls([{"pointer": pointer, "detail": detail}], detail)


class KeyReused(Problem):
    """The same Idempotency-Key came with another request."""

    status, code, title = 422, "key_reused", "重复的请求编号"
    sentence = "请求编号已被用于另一项操作，请刷新后重试。"


class WrongPin(Problem):
    """The six-digit PIN (操作码) is wrong; ``tries_left`` before the pause."""

    status, code, title = 422, "wrong_pin", "操作码不正确"
    sentence = "操作码不正确。"
    keeps_what_was_written = True


class IfMatchMissing(Problem):
    """An action needs the version the caller saw."""

    status, code, title = 428, "if_match_missing", "缺少版本"
    sentence = "请刷新页面后重试。"


class TooMany(Problem):
    """Rate limit."""

    status, code, title = 429, "too_many", "操作太频繁"
    sentence = "操作太频繁，请稍后再试。"


class PinPaused(TooMany):
    """Five wrong PINs: fifteen minutes of pause."""

    code, title = "pin_paused", "操作码已暂停"
    sentence = "操作码连续输错 5 次，请 15 分钟后再试。"
    keeps_what_was_written = True


class DocumentPending(Problem):
    """The PDF is still being made."""

    status, code, title = 503, "document_pending", "正在生成"
    sentence = "电子协议书正在生成，请几秒后再试。"


class DatabaseAway(Problem):
    """PostgreSQL does not answer."""

    status, code, title = 503, "database_away", "服务繁忙"
    sentence = "服务暂时繁忙，你的操作没有提交，请稍后再试。"


class UpstreamAway(Problem):
    """WeChat or CHSI does not answer."""

    status, code, title = 503, "upstream_away", "外部服务繁忙"
    sentence = "微信或学信网暂时没有响应，请稍后再试。"


class FilesAway(Problem):
    """The store of files does not answer."""

    status, code, title = 503, "files_away", "文件服务繁忙"
    sentence = "文件暂时打不开，请稍后再试。"


class Unexpected(Problem):
    """Our own fault; only the request id is told."""

    status, code, title = 500, "unexpected", "服务出错"
    sentence = "服务出了问题，你的操作没有提交。请稍后再试，或把编号告诉学校。"


# 上传材料


class UploadMissing(Problem):
    """The request carries no file, several, or was cut off on its way."""

    code, title = "upload_missing", "没有收到文件"
    sentence = "没有收到完整的文件。请检查网络，重新选择文件上传。"


class UploadTooLarge(TooLarge):
    """More than 20 MB."""

    code, title = "upload_too_large", "文件太大"
    sentence = "文件超过 20 MB。请拍一张普通大小的照片，或把 PDF 分成几份。"


class UploadTypeUnknown(Problem):
    """By its content it is nothing that is taken."""

    status, code, title = 415, "upload_type_unknown", "文件类型不支持"
    sentence = "只能上传照片（JPG、PNG、HEIC、WebP）或 PDF。其他文件请拍照，或导出成 PDF 再上传。"


class UploadMislabelled(Problem):
    """Its name or declared type says something else than its content."""

    status, code, title = 415, "upload_mislabelled", "文件名与内容不符"
    sentence = "文件名与实际内容不符。请直接拍照上传，或重新保存后再选。"


class UploadUnreadable(Problem):
    """Damaged, truncated, or not to be opened safely."""

    status, code, title = 422, "upload_unreadable", "文件打不开"
    sentence = "文件不完整或已损坏，打不开。请重新拍照，或重新导出后再上传。"


class UploadBomb(UploadUnreadable):
    """More pixels, or more in it when unpacked, than any phone makes."""

    code, title = "upload_bomb", "图片尺寸过大"
    sentence = "图片的像素太多（最多 6400 万）。请用手机相机的普通模式重新拍照。"


class UploadActiveContent(UploadUnreadable):
    """A PDF that can act by itself or carries other files."""

    code, title = "upload_active_content", "PDF 含有活动内容"
    sentence = "这份 PDF 里带有脚本、表单程序或附件，不能上传。请「打印成 PDF」另存一份，或拍照上传。"


class UploadEncrypted(UploadUnreadable):
    """A PDF with a password or restrictions."""

    code, title = "upload_encrypted", "PDF 已加密"
    sentence = "这份 PDF 设有密码或使用限制。请「打印成 PDF」另存一份不加密的，或拍照上传。"


class UploadTooManyPages(UploadUnreadable):
    """A PDF with more pages than a proof has."""

    code, title = "upload_too_many_pages", "PDF 页数太多"
    sentence = "PDF 最多 20 页。请只保留需要的几页再上传。"


class UploadInfected(UploadUnreadable):
    """The virus scanner found something."""

    code, title = "upload_infected", "文件带有病毒"
    sentence = "安全检查没有通过，这个文件可能带有病毒。请用手机拍照后上传。"


class UploadBusy(Problem):
    """Too many files are being looked at, or the scanner does not answer."""

    status, code, title = 503, "upload_busy", "处理繁忙"
    sentence = "现在上传的人较多，文件没有保存。请稍等几秒再传一次。"


class UploadSubmitted(NotNow):
    """It was handed in with its filing and cannot be removed."""

    code, title = "upload_submitted", "已经提交"
    sentence = "这份材料已随申报提交，不能删除。需要更换请先撤回修改。"
