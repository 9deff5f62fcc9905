"""Text messages, mails and the desk's switches, as a person sees and uses them."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from stack.browser import chromium, launch_arguments
from tests.sandbox.running import SEND, Sandbox, free_port, invitation, running_sandbox
from tests.sandbox.test_mail_server import mail
from tests.sandbox.test_sms_gateway import sent

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def smtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory, smtp_port: int) -> Iterator[Sandbox]:
    folder: Path = tmp_path_factory.mktemp("channels")
    with running_sandbox(folder, SANDBOX_SMTP_PORT=str(smtp_port), SANDBOX_SMS_INTERVAL="0") as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium()), args=launch_arguments())
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


def test_a_text_message_appears_in_its_numbers_thread_by_itself(sandbox: Sandbox, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    sent(sandbox, "+8613811112222")
    page.goto(f"{sandbox.url}/sms")
    page.get_by_role("link", name="138 1111 2222").click()
    expect(page.get_by_role("heading", name="1069")).to_be_visible()
    assert "13811112222" not in page.url
    expect(page.get_by_text("【去向】远岸科技向你发来签约邀请")).to_be_visible()
    expect(page.get_by_text("已送达")).to_be_visible()
    sandbox.control("POST", "/faults", {"path": "sms", "status": "MK:0001"})
    sent(sandbox, "+8613811112222", TemplateParamSet=["北辰智能", "4月1日"])
    expect(page.get_by_text("北辰智能向你发来签约邀请")).to_be_visible()
    expect(page.get_by_text("没有送达 MK:0001")).to_be_visible()


def test_a_mail_is_read_as_its_receiver_reads_it_and_runs_nothing(sandbox: Sandbox, page: Page, smtp_port: int) -> None:
    message = mail("lin@stu.example.edu.cn", subject="签约邀请 <script>")
    message.get_payload()[1].set_content(  # type: ignore[index, union-attr]
        "<p>点<a href='https://x.example'>这里</a></p><script>top.location='/wall'</script>", subtype="html"
    )
    with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        smtp.send_message(message)
    page.goto(f"{sandbox.url}/mail")
    page.get_by_role("link", name="签约邀请 <script>").click()
    expect(page.frame_locator("iframe").get_by_text("这里")).to_be_visible()
    expect(page.get_by_role("heading", name="签约邀请 <script>")).to_be_visible()
    page.get_by_text("原文").click()
    expect(page.get_by_text("Message-ID: <m-1@quxiang.example>")).to_be_visible()
    assert "/mail/" in page.url


def test_an_address_in_a_plain_mail_can_be_opened(sandbox: Sandbox, page: Page, smtp_port: int) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@quxiang.example", "lin@example.edu.cn", "看一看"
    message.set_content(f"<b>查看</b>：\n{sandbox.url}/wall\n请不要回复。")
    with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        smtp.send_message(message)
    page.goto(f"{sandbox.url}/mail")
    page.get_by_role("link", name="看一看").click()
    expect(page.locator("article > pre")).to_contain_text("<b>查看</b>")
    page.get_by_role("link", name=f"{sandbox.url}/wall").click()
    expect(page).to_have_url(f"{sandbox.url}/wall")


def test_a_fault_for_mails_is_set_with_an_address_and_a_moment(sandbox: Sandbox, page: Page, smtp_port: int) -> None:
    page.goto(f"{sandbox.url}/_sandbox")
    page.get_by_label("发生什么").select_option(label="邮件：550 没有这个邮箱")
    page.get_by_text("短信与邮件的对象、时段、间隔、概率").click()
    page.get_by_label("手机号或邮箱").fill("gone@stu.example.edu.cn")
    page.get_by_label("持续多少秒").fill("600")
    page.get_by_role("button", name="加上").click()
    expect(page.get_by_role("cell", name="邮件：550 没有这个邮箱")).to_be_visible()
    with smtplib.SMTP("127.0.0.1", smtp_port) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.send_message(mail("gone@stu.example.edu.cn"))
    page.get_by_text("短信与邮件的对象、时段、间隔、概率").click()
    page.get_by_label("概率 %").fill("150")
    page.get_by_role("button", name="加上").click()
    expect(page.get_by_role("alert")).to_contain_text("没有保存")


def test_limits_are_set_on_the_desk_and_hold(sandbox: Sandbox, page: Page) -> None:
    openid = sandbox.follower("周明")
    page.goto(f"{sandbox.url}/_sandbox")
    page.get_by_label("同一用户每小时几条").fill("1")
    page.get_by_role("textbox", name="敏感词").fill("贷款，刷单")
    page.get_by_role("button", name="保存").first.click()
    expect(page.get_by_role("textbox", name="敏感词")).to_have_value("贷款，刷单")
    answers = [sandbox.call(SEND, invitation(openid, name))["errcode"] for name in ("甲公司", "校园贷款", "乙公司")]
    assert answers == [0, 45168, 43117]
    page.get_by_label("同一号码每天几条").fill("很多")
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_role("alert")).to_contain_text("没有保存")


def test_a_held_message_is_let_through_on_the_desk(sandbox: Sandbox, page: Page) -> None:
    openid = sandbox.follower("吴桐")
    page.goto(f"{sandbox.url}/_sandbox")
    page.get_by_label("发生什么").select_option(label="回 40252 待审，半小时后拦下")
    page.get_by_label("对谁").select_option(label="吴桐")
    page.get_by_role("button", name="加上").click()
    expect(page.get_by_role("cell", name="回 40252 待审，半小时后拦下")).to_be_visible()
    assert [sandbox.send(openid, client_msg_id="h")["errcode"] for _ in range(2)] == [40252, 40252]
    page.reload()
    page.get_by_role("row", name="吴桐").get_by_role("button", name="现在放行").click()
    expect(page.get_by_role("cell", name="已放行")).to_be_visible()
    assert len(sandbox.messages(openid)) == 1
    expect(page.get_by_text("一共丢下 1 次重复")).to_be_visible()
    page.get_by_role("button", name="清空微信消息").click()
    expect(page.get_by_text("没有待审或被拦的消息。")).to_be_visible()
    assert sandbox.messages(openid) == []


def test_a_follower_agrees_to_a_subscription_on_the_phone(sandbox: Sandbox, page: Page) -> None:
    openid = sandbox.follower("林晓")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for _ in range(2):
        page.goto(f"{sandbox.url}/phone/{openid}")
        page.get_by_role("button", name="这部手机的设置").click()
        page.get_by_text("订阅通知", exact=True).click()
        page.get_by_role("button", name="允许「签约邀请到期提醒」").click()
        page.wait_for_load_state()
    assert sandbox.control("GET", f"/followers/{openid}")["consents"] == {"sub-invitation_expiring": 2}
    data = {"thing1": {"value": "杭州远岸数据科技有限公司"}, "time2": {"value": "2026年3月20日 23:59"}}
    body = {"touser": openid, "template_id": "sub-invitation_expiring", "page": f"{sandbox.url}/wall", "data": data}
    assert sandbox.call("/cgi-bin/message/subscribe/bizsend", body)["errcode"] == 0
    card = page.get_by_role("article", name="签约邀请到期提醒")
    expect(card).to_contain_text("订阅通知")
    card.get_by_role("link", name="详情").click()
    page.wait_for_url("**/wall")
