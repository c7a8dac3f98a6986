/** The page's style sheet: light and dark by the reader's scheme, and plain on paper. */
export const STYLE = `
:root {
  --ground: #f6f7f9; --surface: #ffffff; --raised: #f0f2f6; --line: #d9dee7;
  --text: #182033; --quiet: #5c677d; --accent: #3554d1;
  --shade: rgb(24 32 51 / .22); --server: #974407; --verifier: #09705e; --requester: #6b46c1;
  --good: #0f6b31; --good-ground: #e3f5e9; --bad: #c02626; --bad-ground: #fdeaea; --note: #fdf5dd; --note-line: #e3d090;
  font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif;
  font-size: 16px; line-height: 1.55; color: var(--text); background: var(--ground);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10141c; --surface: #181e29; --raised: #202836; --line: #303a4c;
    --text: #e4e9f2; --quiet: #98a4b8; --accent: #8ea4ff;
    --shade: rgb(0 0 0 / .75); --server: #f0a05c; --verifier: #4fd1b5; --requester: #b79cf5;
    --good: #6bd68f; --good-ground: #173524; --bad: #ff8a8a; --bad-ground: #431d22; --note: #332e1c; --note-line: #5d5330;
  }
}
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: break-word; }
main { max-width: 76rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header { margin-bottom: 2rem; }
.kicker { margin: 0; color: var(--quiet); font-weight: 600; letter-spacing: .02em; }
h1 { margin: .15rem 0 .75rem; font-size: clamp(1.5rem, 3.4vw, 2.25rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 .75rem; font-size: 1.25rem; letter-spacing: -.01em; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { margin: 0 0 .75rem; max-width: 92ch; }
.verdict { font-size: 1.1rem; margin-bottom: 1rem; }
.quiet { color: var(--quiet); }
.alarm { margin: 0 0 1.5rem; max-width: none; padding: 1.25rem 1.5rem; border-radius: .75rem; background: #b00020; color: #fff; font-size: clamp(1.6rem, 5vw, 3rem); font-weight: 800; line-height: 1.15; text-transform: uppercase; text-align: center; print-color-adjust: exact; -webkit-print-color-adjust: exact; }

.outside { max-width: none; padding: .6rem 1rem; border: 2px solid var(--bad); border-radius: .5rem; background: var(--bad-ground); color: var(--bad); font-weight: 700; }
.false { color: var(--bad); font-weight: 700; }
code, pre, .wei { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .86em; }
section { background: var(--surface); border: 1px solid var(--line); border-radius: .75rem; padding: 1.4rem 1.5rem; margin: 0 0 1.25rem; }
section > :last-child { margin-bottom: 0; }
mark { background: var(--bad-ground); color: var(--bad); font-weight: 700; }
.said { overflow-wrap: anywhere; white-space: pre-wrap; }
.tokens { overflow-wrap: anywhere; }
.attacker, .delegate { --role: var(--bad); }
.facts { display: flex; flex-wrap: wrap; gap: .4rem; list-style: none; margin: 0 0 1.25rem; padding: 0; }
.facts li { background: var(--surface); border: 1px solid var(--line); border-radius: 99px; padding: .1rem .75rem; font-size: .88rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .75rem; list-style: none; margin: 0; padding: 0; }
.card { background: var(--surface); border: 1px solid var(--line); border-left: 4px solid var(--role, var(--line)); border-radius: .6rem; padding: .7rem 1rem; }
.card p { margin: 0; }
.card .role { color: var(--role); font-size: .8rem; font-weight: 600; letter-spacing: .03em; }
.card .name { font-size: 1.1rem; font-weight: 600; }
.card .address { color: var(--quiet); font-size: .78rem; overflow-wrap: anywhere; }
.server { --role: var(--server); }
.verifier { --role: var(--verifier); }
.requester { --role: var(--requester); }
.who { color: var(--role); font-weight: 600; }
.mark { display: inline-block; border-radius: 99px; padding: 0 .6rem; font-size: .88rem; font-weight: 600; white-space: nowrap; background: var(--raised); color: var(--quiet); }
.mark.met { background: var(--good-ground); color: var(--good); }
.mark.unmet, .mark.entered { background: var(--bad-ground); color: var(--bad); }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
@media screen {
  /* What scrolls has a shade at the side where there is more; covers of the surface's colour go along and hide it at the end. */
  .scroll { background:
    linear-gradient(to right, var(--surface) 40%, transparent) 0 0 / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--surface) 40%, transparent) 100% 0 / 2.5rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) 0 0 / .9rem 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) 100% 0 / .9rem 100% no-repeat scroll; }
}
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); }
tr > :last-child { padding-right: 0; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-size: .8rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
/* What has a name and one value: the value stands near its name. */
@media screen { tbody th[scope='row']:first-child:has(+ td:last-child) { width: 17rem; } }
.number { text-align: right; white-space: nowrap; }
td .quiet { font-size: .9em; }
@media screen { #moves td:nth-child(4) { min-width: 12rem; } #moves td:nth-child(5) { white-space: nowrap; } #moves td:nth-child(6) { min-width: 12rem; } #moves td:nth-child(7) { min-width: 9rem; } }
.decided { font-weight: 600; }
tr.gain .number:last-child { color: var(--good); }
tr.loss .number:last-child { color: var(--bad); }
tr.gain .wei, tr.loss .wei { color: inherit; }
tr.refused { background: var(--bad-ground); }
tr.changed { background: var(--note); }
tr.changed td, tr.changed th { font-weight: 700; }
tr.wrong td { color: var(--bad); }
.instruction { display: inline-block; background: var(--raised); border-radius: .5rem; padding: .5rem 1rem; font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.instruction code { font-size: 1.1rem; font-weight: 700; padding-left: .5rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 2rem; align-items: start; }
.registers th, .registers td { padding-block: .15rem; }
.registers thead th { padding-bottom: .3rem; }
.registers .quiet { font-weight: 400; }
.leaf b { background: var(--note); text-decoration: underline; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .75rem 1.5rem; margin: 0 0 1rem; }
dt { color: var(--quiet); font-size: .8rem; font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
.gas { max-width: 46rem; }
.bar { width: 50%; }
meter { width: 100%; height: .8rem; }
meter::-webkit-meter-bar { background: var(--raised); border: 1px solid var(--line); }
meter::-webkit-meter-optimum-value { background: var(--quiet); }
meter::-moz-meter-bar { background: var(--quiet); }
figure { margin: 0 0 1rem; overflow-x: auto; }
figure svg { min-width: 46rem; }
/* Where a figure scrolls anyhow, its words are as large as those around it. */
@media (max-width: 40rem) { figure svg { min-width: 60rem; } }
.steps { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin-bottom: 1rem; }
.steps[hidden] { display: none; }
.steps button { font: inherit; min-width: 2.5rem; min-height: 2.5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--raised); color: var(--text); cursor: pointer; }
.steps button:disabled { opacity: .4; cursor: default; }
.steps output { font-weight: 600; min-width: 6.5rem; text-align: center; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.position > h3 { margin-top: 0; }
.is-stepped .calls { display: none; }
.clock { display: grid; grid-template-columns: minmax(10rem, 1fr) 2fr minmax(12rem, auto); gap: .25rem 1rem; align-items: center; margin-bottom: .5rem; }
@media (max-width: 40rem) { .clock { grid-template-columns: 1fr; } }
.roots { font-size: .85rem; overflow-wrap: anywhere; }
a { color: var(--accent); }
details summary { cursor: pointer; color: var(--quiet); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised); border-radius: .5rem; padding: 1rem; }
@page { size: A4; margin: 12mm; }
@media print {
  :root { --ground: #fff; --surface: #fff; --raised: #f3f3f3; --line: #bbb; --text: #000; --quiet: #444; --accent: #223a9c;
    --server: #8a3f06; --verifier: #075c4d; --requester: #4c2f91; --good: #0d5c2a; --good-ground: #fff; --bad: #9a1b1b; --bad-ground: #fff; --note: #faf3dc; --note-line: #ccc; font-size: 11px; }
  main { max-width: none; padding: 0; }
  section { border: 0; padding: 0; margin-bottom: 1.5rem; }
  tr, .card, .position > h3, .clock, figure svg { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  /* Paper neither scrolls nor unfolds nor steps: all of it stands there, and what is for the hand does not. */
  .steps, .filter { display: none !important; }
  .position[hidden] { display: block !important; }
  tr[data-since][hidden] { display: table-row !important; }
  .is-stepped .calls { display: table-cell; }
  details::details-content { content-visibility: visible; display: block; block-size: auto; }
  tr.is-now { background: none; }
  .message.is-now text { font-weight: inherit; }
  .scroll, figure { overflow: visible; }
  figure svg, .panel .scroll > svg { min-width: 0 !important; max-width: 100%; max-height: 25cm; }
  table { font-size: .85rem; }
  table td, table th { min-width: 0 !important; padding-right: .5rem; white-space: normal !important; overflow-wrap: anywhere; }
  td.number { overflow-wrap: normal; }
  .panels { grid-template-columns: 1fr 1fr; }
}
`
