"""Text that would like to be markup or code. Each payload, if ever executed, sets ``window.__broken``."""

from __future__ import annotations

__all__ = ["PAYLOADS"]

BREAK = "window.__broken=1"

# No semicolon outside quotes of the wire's own: it would end the field before the payload does.
PAYLOADS = (
    f"<script>{BREAK}</script>",
    f"<img src=x onerror={BREAK}>",
    f"<svg onload={BREAK}>",
    f"<svg><script>{BREAK}</script></svg>",
    f"<body onload={BREAK}>",
    "<iframe srcdoc='<script>parent.__broken=1</script>'></iframe>",
    "<iframe src=javascript:parent.__broken=1>",
    f"<a href=javascript:{BREAK} autofocus onfocus={BREAK}>x</a>",
    f"<input autofocus onfocus={BREAK}>",
    f"<details open ontoggle={BREAK}>",
    f"<video><source onerror={BREAK}></video>",
    f"<audio src=x onerror={BREAK}>",
    f"<marquee onstart={BREAK}>",
    f"<object data=javascript:{BREAK}>",
    f"<embed src=javascript:{BREAK}>",
    f"<math><mtext></mtext><img src=x onerror={BREAK}></math>",
    f"<style onload={BREAK}>",
    f"<template><script>{BREAK}</script></template>",
    f"</title><script>{BREAK}</script>",
    f"</textarea><script>{BREAK}</script>",
    f"--><script>{BREAK}</script>",
    f"]]><script>{BREAK}</script>",
    f'"><script>{BREAK}</script>',
    f"'><script>{BREAK}</script>",
    f'" onmouseover={BREAK} x="',
    f"javascript:{BREAK}",
    f"${{{BREAK}}}",
    f"{{{{{BREAK}}}}}",
    f"{{{{constructor.constructor('{BREAK}')()}}}}",
    f"<%= {BREAK} %>",
    f"`-{BREAK}-`",
    f"\\u003cscript\\u003e{BREAK}\\u003c/script\\u003e",
)
