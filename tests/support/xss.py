"""Strings that become scripts where somebody forgot to escape them."""

MARK = "pwned"

CORPUS = (
    f"<script>window.{MARK}=1</script>",
    f"<img src=x onerror=window.{MARK}=1>",
    f'"><svg onload="window.{MARK}=1">',
    f"'-window.{MARK}-'",
    f"</title><script>window.{MARK}=1</script>",
    f"</script><script>window.{MARK}=1</script>",
    f"--></article><script>window.{MARK}=1</script><!--",
    f"[a](javascript:window.{MARK}=1) ![b](x){{onerror=window.{MARK}=1}}",
    f"`` `<script>window.{MARK}=1</script>` ``",
    f"&lt;script&gt;window.{MARK}=1&lt;/script&gt;",
    f"{{{{ '<script>window.{MARK}=1</script>' }}}} {{% raw %}}",
    f"# heading <iframe srcdoc='<script>parent.{MARK}=1</script>'> {{ onclick=window.{MARK}=1 }}",
)

HOSTILE = " ".join(CORPUS)
