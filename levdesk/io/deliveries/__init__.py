"""The ways out for warnings: webhook, Telegram, ntfy, e-mail.

Lives here: one file per channel, the POST they share, and the door in front of them.
May import: services, domain, io's secrets and log; requests, urllib3, smtplib, ssl. No Qt.
Talks to: servers the person named; app hands the door to the courier.
Ask first: whether a failure may carry the address it happened at; a webhook's is a secret, and a bot's has one in it.
"""
