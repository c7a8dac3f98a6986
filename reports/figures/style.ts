/** Of the figures: the tower and the sequence of calls. Whatever a call put there is hidden until the reader is there. */
export const FIGURE_STYLE = `
svg.tower, svg.sequence { display: block; width: 100%; height: auto; font-size: 12px; }
svg.tower text, svg.sequence text { fill: var(--text); }
svg .band { fill: var(--raised); }
svg .phase { font-weight: 700; }
svg .span, svg .cargo { fill: var(--quiet) !important; font-size: 11px; }
svg text.who { font-weight: 600; }
svg text.who.asserter { fill: var(--server); }
svg text.who.challenger { fill: var(--verifier); }
svg .cell { stroke-width: 1.5; }
svg .cell.asserter { stroke: var(--server); fill: var(--server); }
svg .cell.challenger { stroke: var(--verifier); fill: var(--verifier); }
svg .cell.own { fill-opacity: .25; }
svg .cell.agreed { fill-opacity: .7; }
svg .cell.disputed { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 2.5; fill-opacity: 1; }
svg .cell.first-false { stroke-dasharray: 4 2; }
svg .cross { fill: var(--bad) !important; font-weight: 700; }
svg .funnel { fill: var(--bad); fill-opacity: .1; }
svg .instruction-cell { fill: var(--bad-ground); stroke: var(--bad); stroke-width: 2.5; }
svg .lifeline { stroke: var(--line); stroke-width: 1.5; }
svg .head { fill: var(--raised); stroke: var(--role, var(--quiet)); stroke-width: 1.5; }
svg.sequence text { text-anchor: middle; }
/* Words of a call stand over the lifelines that they cross. */
svg.sequence .message text { paint-order: stroke; stroke: var(--surface); stroke-width: 4px; stroke-linejoin: round; }
svg .arrow { stroke: var(--quiet); stroke-width: 1.5; }
svg.sequence .arrow { marker-end: url(#arrow); }
svg.sequence .arrow.refused { stroke: var(--bad); marker-end: url(#refusal); }
svg marker path { fill: var(--quiet); }
svg marker path.refusal { fill: none; stroke: var(--bad); stroke-width: 1.5; }
svg .note rect { fill: var(--note); stroke: var(--note-line); }
svg.states { display: block; font-size: 12px; min-width: 0; }
svg.states text { fill: var(--text); }
svg.states .state rect { fill: var(--surface); stroke: var(--line); stroke-width: 1.5; }
svg.states .state.is-current rect { fill: var(--accent); stroke: var(--accent); }
svg.states .state.is-current text { fill: var(--surface); font-weight: 700; }
svg.states .start { fill: var(--quiet); }
svg.states .arrow { fill: none; stroke: var(--line); stroke-width: 1.3; }
svg.states .arrow.is-current { stroke: var(--quiet); stroke-width: 2; }
svg.states .call { fill: var(--quiet); font-size: 10px; paint-order: stroke; stroke: var(--surface); stroke-width: 3px; }
svg.map { display: block; width: 100%; height: auto; font-size: 12px; }
svg.map text { fill: var(--text); }
svg.map .lane a text, svg.map .lane a { fill: var(--accent); }
svg.map .during { stroke: var(--surface); stroke-width: 1; }
svg.map .during.waits { fill: var(--line); }
svg.map .during.disputed { fill: var(--note-line); }
svg.map .during.done { fill: var(--good-ground); stroke: var(--good); }
svg.map .during.fell { fill: var(--bad-ground); stroke: var(--bad); }
svg.map .during.over { fill: var(--raised); stroke: var(--line); }
svg.map .state-name { font-size: 10px; }
svg.map .axis line { stroke: var(--quiet); }
svg.map .axis text { fill: var(--quiet); font-size: 10px; }
svg a { text-decoration: none; }
svg a:hover text, svg a:focus text { text-decoration: underline; }
/* On paper there is no call that is looked at: all of it stands there. */
@media screen {
  svg .is-undecided .cell.agreed { fill-opacity: .25; }
  svg .is-undecided .cell.disputed.asserter { fill: var(--server); stroke: var(--server); fill-opacity: .25; stroke-width: 1.5; }
  svg .is-undecided .cell.disputed.challenger { fill: var(--verifier); stroke: var(--verifier); fill-opacity: .25; stroke-width: 1.5; }
  .is-later { visibility: hidden; }
}
tr.is-now { background: var(--note); }
.message.is-now text { font-weight: 700; }
`
