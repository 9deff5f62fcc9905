"""The five entries of the home page (五个入口): which are open, and why the others are not (guide, chapter 2)."""

from __future__ import annotations

from typing import Any

from app.queries import Fields

_TRANSFERS = {"active": "已登记，有变化可以修改", "doubtful": "来源去向已失效，请核对", "lapsed": "已失效，请重新登记"}


def entries(row: Fields) -> list[dict[str, Any]]:
    """The entries of a home page's row: its modules, what is registered, the destination that stands."""
    registered, held = row["registered"], row["held"]
    destination = "定向、委培按协议登记去向" if row["training_mode"] in ("2", "4") else "登记、补充或查看毕业去向"
    effective = held is not None and held["state"] == "effective"
    return [
        _switched(row, "destination", "毕业去向填报", destination, there=held is not None),
        _transfer(row, "archive", "档案信息登记"),
        _hukou(row, there="hukou" in registered),
        _entry("confirmation", "去向登记确认", "学校上报去向后开放" if effective else "登记去向并由学校上报后开放"),
        _entry("verification", "查询核验", "你确认去向后可用"),
    ]


def _transfer(row: Fields, lane: str, title: str) -> dict[str, Any]:
    state = row["registered"].get(lane)
    return _switched(row, lane, title, _TRANSFERS.get(state, "还没有登记"), there=state is not None)


def _hukou(row: Fields, *, there: bool) -> dict[str, Any]:
    """Only for those who moved it to the school; what was registered before the school said otherwise can be read."""
    title = "户口信息登记"
    if row["hukou_moved"] is True or there:
        return _transfer(row, "hukou", title)
    if row["hukou_moved"] is None:
        return _entry("hukou", title, "学校没有登记你的户口是否迁入，已迁入的请联系学校就业部门")
    return _entry("hukou", title, "不开放：你的户口没有迁入学校")


def _switched(row: Fields, key: str, title: str, note: str, *, there: bool) -> dict[str, Any]:
    """An entry that the school switches on; closed, what is there can be read."""
    match row["modules"].get(key):
        case "open":
            return _entry(key, title, note, is_open=True)
        case "closed" if there:
            return _entry(key, title, "学校已关闭，只能查看", is_open=True)
        case "closed":
            return _entry(key, title, "学校已关闭，有变化请联系学校")
        case "later":
            return _entry(key, title, "还没有到开放时间，请等学校通知")
    return _entry(key, title, "学校尚未启用，请等学校通知")


def _entry(key: str, title: str, note: str, *, is_open: bool = False) -> dict[str, Any]:
    return {"key": key, "title": title, "open": is_open, "note": note}
