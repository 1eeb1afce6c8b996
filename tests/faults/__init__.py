"""Installations that are broken while they send, by real kills of real processes; a judge says who got what.

Which test holds which promise. Where a fault needs no installation, the test that holds it stands elsewhere.

| fault | test |
|---|---|
| mail server refuses or is unknown: nobody's state changes | `tests/mail/smtp/test_smtp.py`, `test_smtp_trouble.py`: `test_what_is_wrong_before_a_mail_begins_is_nobodys_result`, `test_an_unknown_host_is_said_so_and_tried_again_without_a_pause` |
| no TLS, a wrong certificate or password: three tries, then a pause | `test_smtp_trouble.py`, `test_smtp_tls.py`: `test_a_refused_login_and_missing_tls_are_tried_three_times_and_then_the_edition_waits_for_a_person`, `test_a_certificate_that_stays_wrong_pauses_the_edition_after_three_tries` |
| how long nothing is tried: 5 s, doubled up to 5 min | `tests/newsletters/delivery/engine/test_circuit.py` |
| mail server stops offering TLS: three tries, then a pause | `test_tls.py` |
| mail server goes away in the middle, and comes back | `test_answers.py` |
| 421, 451, 550 before and after the final dot, a connection lost after it | `test_answers.py`; each server's oddities: `test_every_mail_has_its_own_outcome_whatever_the_server_is_like` |
| 4xx until the newsletter's lifetime ends | `tests/newsletters/delivery/engine/test_sending.py`: `test_it_gives_up_when_the_newsletters_lifetime_ends` |
| 5xx: suppressed only when it is about the address | `test_sending.py`: `test_only_a_refusal_of_the_address_itself_suppresses_it` |
| 5.7.x above 5 % of the last 200 | `test_answers.py` |
| tarpit | `test_answers.py` |
| mail service answers 429, 5xx, nothing, or in part | `tests/newsletters/delivery/engine/test_mail_service.py`: `test_what_an_answer_makes_of_a_mail_of_its_journal_and_of_the_next`, `test_the_wait_is_as_long_as_it_says_and_then_one_call_tries`, `test_of_several_statuses_the_recipients_own_counts` |
| mail service is away, refuses our account, has no TLS | `test_mail_service.py`, `test_backend.py` |
| sending process, its Celery parent, all workers or beat killed; beat doubled or gone; tasks delivered again | `test_kills.py`, `test_beats.py` |
| Redis emptied, restarted, away | `test_broker.py` |
| PostgreSQL restarted at once, sessions terminated | `test_database.py`; the answer to a COMMIT lost: `test_failing_commits.py` |
| no room for the journal, from the start or in the middle; nor for the database | `test_disk.py` |
| SQLite: worker, supervisor or everything killed, write lock held | `test_sqlite.py` |
| a reader unsubscribes during the send | `test_unsubscribing.py` |
| fifty presses of Send | `test_starting.py` |
| pause, resume, cancel | `test_pausing.py` |
| article, design and sender edited during the send | `test_editing.py` |
| daylight saving | `tests/newsletters/editions/test_scheduling.py` |

`make test-faults` runs them small; `make soak` at size, with a report.
"""  # noqa: E501 - a table's rows are as long as they are
