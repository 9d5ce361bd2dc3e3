"""The report's style sheet: the window's colours, in light and dark, and how it prints."""

from __future__ import annotations

from mnist_gui.report.svg import DARK, FONT, LIGHT, Palette


def _variables(palette: Palette, page: str, line: str, good: str, bad: str) -> str:
    first, second, third = palette.models
    return (
        f"--page:{page};--surface:{palette.surface};--text:{palette.text};--muted:{palette.muted};"
        f"--grid:{palette.grid};--line:{line};--m1:{first};--m2:{second};--m3:{third};--good:{good};--bad:{bad};"
    )


_LIGHT = _variables(LIGHT, "#f4f5f7", "#d5d9e0", "#1a7f4b", "#b3261e")
_DARK = _variables(DARK, "#16181d", "#3a3f4a", "#5fce94", "#ff8a80")

STYLE = f"""\
:root {{ {_LIGHT} color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
@media print {{ :root {{ {_LIGHT} color-scheme: light; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 {FONT}; }}
main {{ max-width: 1040px; margin: 0 auto; padding: 32px 20px 64px; }}
h1 {{ font-size: 30px; line-height: 1.2; margin: 0 0 8px; }}
h2 {{ font-size: 22px; margin: 0 0 12px; }}
h3 {{ font-size: 16px; margin: 24px 0 8px; }}
p {{ margin: 0 0 12px; max-width: 75ch; }}
.lead {{ font-size: 21px; line-height: 1.4; margin-top: 16px; }}
.muted, small {{ color: var(--muted); }}
small {{ font-size: 13px; font-weight: normal; }}
section {{ background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 24px;
  margin-top: 24px; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; margin-bottom: 16px; }}
th, td {{ text-align: right; padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top;
  white-space: nowrap; }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0; }}
thead th {{ color: var(--muted); font-weight: 600; font-size: 13px; vertical-align: bottom; }}
tbody th {{ font-weight: 600; }}
td small, th small {{ display: block; }}
svg {{ max-width: 100%; height: auto; }}
.mark {{ vertical-align: -2px; margin-right: 8px; }}
.row {{ display: flex; flex-wrap: wrap; gap: 20px; }}
ol.outcomes {{ list-style: none; padding: 0; margin: 0 0 16px; }}
ol.outcomes li {{ padding: 10px 0 10px 30px; border-top: 1px solid var(--line); position: relative; max-width: 85ch; }}
ol.outcomes li::before {{ content: "≈"; position: absolute; left: 4px; color: var(--muted); font-weight: 700; }}
ol.outcomes li.real::before {{ content: "≠"; color: var(--text); }}
ol.outcomes small {{ display: block; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0 0 16px; }}
dt {{ font-weight: 600; }}
dd {{ margin: 0; }}
.digits {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 14px; }}
.digits figure {{ margin: 0; font-size: 12.5px; line-height: 1.35; }}
.digits img {{ width: 84px; height: 84px; image-rendering: pixelated; background: #000; display: block;
  border-radius: 4px; margin-bottom: 4px; }}
.right {{ color: var(--good); font-weight: 700; }}
.wrong {{ color: var(--bad); font-weight: 700; }}
@media print {{
  body {{ background: #fff; font-size: 11pt; }}
  main {{ max-width: none; padding: 0; }}
  section {{ border: 0; padding: 0; margin-top: 18pt; }}
  h2, h3 {{ break-after: avoid; }}
  svg, figure, tr, li, dl {{ break-inside: avoid; }}
  th, td {{ padding: 4px 6px; font-size: 9pt; }}
  .scroll {{ overflow: visible; }}
  svg, img {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
}}
"""
