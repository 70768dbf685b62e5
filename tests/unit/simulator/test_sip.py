"""SIP messages of one telephone."""

import pytest

from voicebot.simulator import sip

RINGING = (
    b"SIP/2.0 183 Session Progress\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bK1\r\nCall-ID: a@b\r\n"
    b"To: <sip:1@127.0.0.1>;tag=x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
)
BYE = (
    b"BYE sip:2@127.0.0.1:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK3\r\nFrom: <sip:1@h>;tag=x\r\nTo: <sip:2@h>;tag=y\r\nCall-ID: c\r\n"
    b"CSeq: 7 BYE\r\n\r\n"
)


def test_a_response_tells_what_it_answers() -> None:
    message = sip.Message.parse(RINGING)
    assert (message.method, message.status, message.answers) == ("", 183, "INVITE")
    assert message.header("to").endswith("tag=x") and message.header("Contact") == ""


def test_a_request_is_answered_along_the_way_that_it_came() -> None:
    asked = sip.Message.parse(BYE)
    assert (asked.method, asked.status) == ("BYE", 0)
    answer = sip.Message.parse(asked.response("200 OK"))
    assert (answer.status, answer.answers, answer.header("Content-Length")) == (200, "BYE", "0")
    assert [value[-1] for value in answer.headers.get_all("Via", [])] == ["2", "3"]


def test_the_sound_of_a_session_has_an_address() -> None:
    request = sip.request("INVITE", "sip:1@h", {"CSeq": "1 INVITE"}, sip.offer("127.0.0.1", 4002, 8))
    message = sip.Message.parse(request)
    assert message.header("Content-Length") == str(len(message.body))
    assert sip.sound_address(message.body) == ("127.0.0.1", 4002)
    with pytest.raises(ValueError, match="no sound"):
        sip.sound_address("v=0\r\n")
