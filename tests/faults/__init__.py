"""Installations that are broken while they send, by real kills of real processes; a judge says who got what.

Which test holds which promise. Where a fault needs no installation, the test that holds it stands elsewhere.

| fault | test |
|---|---|
| mail server refuses, is unknown, no TLS, wrong password | `tests/newsletters/delivery/test_smtp.py`, `test_smtp_tls.py`: `test_what_is_wrong_before_a_mail_begins_is_nobodys_result`, `test_a_wrong_password_is_nobodys_result`, `test_a_certificate_that_nobody_vouches_for_is_not_trusted` |
| mail server stops offering TLS: three tries, then a pause | `test_tls.py` |
| mail server goes away in the middle, and comes back | `test_answers.py` |
| 421, 451, 550 before and after the final dot, a connection lost after it | `test_answers.py`; each server's oddities: `test_every_mail_has_its_own_outcome_whatever_the_server_is_like` |
| 4xx until the newsletter's lifetime ends | `tests/newsletters/delivery/test_sending.py`: `test_it_gives_up_when_the_newsletters_lifetime_ends` |
| 5xx: suppressed only when it is about the address | `test_sending.py`: `test_only_a_refusal_of_the_address_itself_suppresses_it` |
| 5.7.x above 5 % of the last 200 | `test_answers.py` |
| tarpit | `test_answers.py` |
| mail service answers 429, 5xx, nothing, or in part | `tests/newsletters/delivery/test_backend.py` |
| sending process, its Celery parent, all workers or beat killed; beat doubled; tasks delivered again | `test_kills.py`, `test_beats.py` |
| Redis emptied, restarted, away | `test_broker.py` |
| PostgreSQL restarted at once, sessions terminated | `test_database.py`; the answer to a COMMIT lost: `test_sending.py` |
| no room for the journal | `test_disk.py` |
| SQLite: worker killed, write lock held | `test_sqlite.py` |
| a reader leaves during the send | `test_leaving.py` |
| fifty presses of Send | `test_starting.py` |
| pause, resume, cancel | `test_pausing.py` |
| article, design and sender edited during the send | `test_editing.py` |
| daylight saving | `tests/newsletters/editions/test_scheduling.py` |

`make test-faults` runs them small; `make soak` at size, with a report.
"""  # noqa: E501 - a table's rows are as long as they are
