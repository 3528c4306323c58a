"""A source that answers at the third try: tried again by the policy, and not by whoever waits for the build."""

from assetmake import AssetExecutionContext, RetryPolicy, asset


@asset(retry_policy=RetryPolicy(max_retries=3))
def rates(context: AssetExecutionContext) -> dict[str, float]:
    if context.retry_number < 2:
        raise ConnectionError("the source does not answer")
    return {"EUR": 1.0, "CHF": 0.93}
