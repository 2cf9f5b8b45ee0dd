"""How it looks: one style sheet, light and dark, nothing fetched."""

from __future__ import annotations

STYLE = """
.kw{--ink:#16191f;--dim:#545b64;--line:#d5dbdb;--paper:#fff;--soft:#f4f6f6;--link:#0a58ca;--warn:#8a4b00;
--warnbg:#fff4e0;
--bad:#a3190d;color:var(--ink);background:var(--paper);
font:14px/1.45 "Amazon Ember","Helvetica Neue",Roboto,Arial,sans-serif;
padding:4px 8px 16px}
.kw-dark{--ink:#e9ebed;--dim:#b6bec9;--line:#414d5c;--paper:#0f1b2a;--soft:#192534;--link:#89bdff;--warn:#ffd27a;
--warnbg:#352a13;--bad:#ff9d94}
.kw *{box-sizing:border-box}
.kw h1{font-size:20px;margin:4px 0 2px}.kw h2{font-size:16px;margin:20px 0 6px}
.kw p{margin:4px 0}.kw .dim{color:var(--dim)}
.kw .note{background:var(--warnbg);color:var(--warn);border-left:4px solid currentColor;padding:8px 12px;
margin:10px 0;font-weight:600}
.kw form{display:flex;gap:8px;align-items:end;flex-wrap:wrap;margin:10px 0}
.kw label{display:block;font-weight:600}.kw input{font:inherit;padding:5px 8px;border:1px solid var(--dim);
border-radius:4px;
background:var(--paper);color:var(--ink);min-width:16em}
.kw .btn{display:inline-block;padding:5px 12px;border:1px solid var(--link);border-radius:4px;color:var(--link);
background:transparent;text-decoration:none;font:inherit;font-weight:600;cursor:pointer}
.kw .open{color:var(--link);text-decoration:underline;cursor:pointer}
.kw a:focus-visible,.kw input:focus-visible,.kw button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.kw ul.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;list-style:none;
padding:0;margin:12px 0}
.kw .tiles li{border:1px solid var(--line);border-radius:6px;padding:10px 12px;background:var(--soft)}
.kw .tiles strong{display:block;font-size:26px;line-height:1.2}.kw .tiles .alert{border-left:5px solid var(--bad)}
.kw .scroll{overflow-x:auto}
.kw table{border-collapse:collapse;width:100%;margin:0}
.kw caption{text-align:left;font-size:16px;font-weight:700;padding:20px 0 6px}
.kw th,.kw td{padding:6px 16px 6px 0;border-bottom:1px solid var(--line);vertical-align:top;text-align:left;
overflow-wrap:break-word;font-weight:400}
.kw thead th{color:var(--dim);font-weight:600;white-space:nowrap}
.kw .r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.kw code{font:.92em ui-monospace,Menlo,Consolas,monospace;background:var(--soft);padding:0 3px;border-radius:3px}
.kw dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:10px 0}
.kw dt{color:var(--dim)}.kw dd{margin:0;overflow-wrap:anywhere}
.kw ol.story{list-style:none;padding:0;margin:0}
.kw .story li{display:grid;grid-template-columns:11.5em 1fr;gap:12px;padding:4px 0;
border-bottom:1px solid var(--line)}
.kw time{color:var(--dim);font-variant-numeric:tabular-nums}.kw .story span{overflow-wrap:anywhere}
"""
