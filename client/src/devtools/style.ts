/** The look of the panel, in the light and in the dark; each pair of colours has a contrast of 4.5 or more. */
export const STYLE = `
:host { all: initial; color-scheme: light dark; }
* { box-sizing: border-box; }
.root {
  --paper: #ffffff; --raised: #f1f3f5; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de;
  --accent: #0b57d0; --good: #116329; --bad: #b3261e; --under-way: #7a4b00;
  font: 13px/1.45 system-ui, sans-serif; color: var(--ink);
}
@media (prefers-color-scheme: dark) {
  .root {
    --paper: #14171c; --raised: #20252c; --ink: #e6e9ee; --quiet: #a4adb8; --line: #3a424d;
    --accent: #8ab4f8; --good: #6fd08c; --bad: #ff9a91; --under-way: #e8bf6a;
  }
}
button, input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 4px 9px; min-height: 30px; }
button { cursor: pointer; }
button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.badge { position: fixed; right: 12px; bottom: 12px; z-index: 2147483000; display: flex; gap: 7px; align-items: center; background: var(--paper); border-radius: 999px; box-shadow: 0 1px 5px #0005; }
.badge::before { content: ""; width: 9px; height: 9px; border-radius: 50%; background: var(--quiet); }
.badge.good::before { background: var(--good); }
.badge.bad::before { background: var(--bad); }
.badge.under-way::before { background: var(--under-way); }
.panel { position: fixed; inset: auto 0 0 0; z-index: 2147483001; height: min(46vh, 480px); display: flex; flex-direction: column; background: var(--paper); border-top: 1px solid var(--line); box-shadow: 0 -2px 12px #0003; }
.panel[hidden], .badge[hidden] { display: none; }
header { display: flex; flex-wrap: wrap; gap: 6px; justify-content: space-between; align-items: center; padding: 6px 10px; background: var(--raised); border-bottom: 1px solid var(--line); }
.tabs, .actions { display: flex; flex-wrap: wrap; gap: 4px; }
.tabs button { background: none; border-color: transparent; }
.tabs button[aria-selected="true"] { background: var(--paper); border-color: var(--line); color: var(--accent); font-weight: 600; }
.actions button { background: var(--paper); }
.told { min-height: 0; margin: 0; padding: 0 12px; color: var(--quiet); }
.told:not(:empty) { padding: 4px 12px; border-bottom: 1px solid var(--line); }
.content { flex: 1; overflow: auto; padding: 8px 12px; overscroll-behavior: contain; }
.content:focus-visible { outline-offset: -2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; vertical-align: bottom; color: var(--quiet); font-weight: 500; white-space: nowrap; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); }
td { vertical-align: top; }
th:has(~ :last-child), td:has(~ :last-child) { width: 1%; } td:has(code) { width: auto; }
td:not(:has(code)) { white-space: nowrap; }
code, pre, time, .size { font: 12px/1.5 ui-monospace, monospace; }
td code { white-space: pre-wrap; overflow-wrap: anywhere; display: block; min-width: 18ch; }
.state { font-weight: 600; } .good { color: var(--good); } .bad { color: var(--bad); } .under-way { color: var(--under-way); }
.badge.good, .badge.bad, .badge.under-way { color: var(--ink); }
.nothing, .count, time, .size, ::placeholder { color: var(--quiet); opacity: 1; }
.filter { display: flex; gap: 10px; align-items: center; position: sticky; top: -8px; margin: -8px 0 4px; padding: 8px 0 4px; background: var(--paper); }
.filter input { flex: 0 1 260px; min-width: 0; background: var(--paper); }
ol { list-style: none; margin: 0; padding: 0; }
summary { display: grid; grid-template-columns: 12ch 16ch 7ch 1fr; gap: 0 8px; align-items: baseline; padding: 2px 0; cursor: pointer; border-bottom: 1px solid var(--line); }
summary code { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } summary b { font-weight: 600; }
.size { text-align: right; }
pre { margin: 4px 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  .panel { height: 72vh; }
  button, input { min-height: 36px; }
  summary { grid-template-columns: 12ch 1fr 6ch; } summary code { grid-column: 1 / -1; }
  th, td:not(:has(code)) { white-space: normal; }
  th, td { padding-right: 8px; }
}
`
