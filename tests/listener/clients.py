"""What the vendors' own libraries send and accept, for tests/listener/clients.rs.

Each command prints one JSON document. Nothing is sent anywhere but to the address that is given.
"""

import json
import logging
import sys


def sentry(dsn: str) -> dict:
    """Captures an exception and a message as an application does, and waits until they are sent."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        release="shop@1.2.3",
        environment="production",
        server_name="worker-1",
        # Everything it can send: sessions and traces are no entries.
        traces_sample_rate=1.0,
        auto_session_tracking=True,
        send_default_pii=False,
    )
    sentry_sdk.set_tag("queue", "mail")
    with sentry_sdk.start_transaction(op="task", name="send mail"):
        try:
            raise ValueError("no address for order 7")
        except ValueError as error:
            exception = sentry_sdk.capture_exception(error)
    message = sentry_sdk.capture_message("alert:billing_webhook_failed", level="fatal")
    # It is a message to the operator, however it is written.
    logging.getLogger("shop").error("the queue of %s is \x1b[31mfull", "mail")
    sentry_sdk.flush(timeout=15)
    return {"exception": exception, "message": message, "version": sentry_sdk.VERSION}


def stripe_sign(secret: str, time: int, body: str) -> dict:
    """The header that Stripe's library makes for `body`."""
    import stripe

    signature = stripe.WebhookSignature._compute_signature(f"{time}.{body}", secret)
    return {"header": f"t={time},{stripe.WebhookSignature.EXPECTED_SCHEME}={signature}"}


def stripe_verify(secret: str, header: str, body: str) -> dict:
    """What Stripe's library says of `header` and `body`."""
    import stripe

    try:
        event = stripe.Webhook.construct_event(body, header, secret)
    except stripe.SignatureVerificationError as error:
        return {"accepted": False, "why": str(error)}
    return {"accepted": True, "id": event["id"]}


COMMANDS = {"sentry": sentry, "stripe-sign": stripe_sign, "stripe-verify": stripe_verify}

if __name__ == "__main__":
    command, arguments = sys.argv[1], json.loads(sys.argv[2])
    print(json.dumps(COMMANDS[command](*arguments)))
