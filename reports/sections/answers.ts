import type { Answer } from '../../impl/inference/runs.ts'
import type { Answers, FalsePlace } from '../../sim/answers.ts'
import { count } from '../../sim/format.ts'
import { type Html, html } from '../html.ts'
import { pairs } from './pairs.ts'

/** Text of a model as it stands on a page: what would end a line shows that it does, and ends it. */
const lines = (text: string): string => text.replaceAll('\n', '↵\n')

const said = (text: string | null): Html | undefined =>
  text === null ? undefined : html`<q class="said">${lines(text)}</q>`

/** The same of an answer; the part that the token brought in which it parts from the other is marked. */
const answered = ({ text, pieces }: Answer, partAt: number | null): Html | undefined => {
  if (pieces === null || partAt === null) return said(text)
  const before = pieces.slice(0, partAt).join('')
  const after = pieces.slice(partAt + 1).join('')
  return html`<q class="said">${lines(before)}<mark>${lines(pieces[partAt] ?? '')}</mark>${lines(after)}</q>`
}

/** Ids of an answer's tokens; the one in which it parts from the other is marked. */
const tokensOf = ({ tokens }: Pick<Answer, 'tokens'>, partAt: number | null): Html =>
  html`<div class="tokens quiet">tokens <code>${tokens.map((token, i) => (i === partAt ? html`<mark>${token}</mark> ` : html`${token} `))}</code></div>`

const answerRow = (what: string, answer: Answer, partAt: number | null, tone = ''): Html =>
  html`<tr class="${tone}"><th scope="row">${what}</th><td>${answered(answer, partAt)}${tokensOf(answer, partAt)}</td></tr>`

/** How an answer goes on where the two part. */
const goesOn = ({ tokens, pieces }: Answer, partAt: number): string => {
  if (partAt >= tokens.length) return 'ends there'
  return pieces === null ? `goes on with ${tokens[partAt]}` : `goes on with “${pieces[partAt]}”`
}

const partWords = ({ claimed, true: right, partAt }: Answers): string => {
  if (claimed === null) return 'Nobody claimed an answer.'
  if (partAt === null) return 'The answer claimed is the true one.'
  return `The two part at token ${count(partAt + 1)} of the answer: the true one ${goesOn(right, partAt)}, the one claimed ${goesOn(claimed, partAt)}.`
}

const placeWords = ({ iteration, token, node, tile, instruction }: FalsePlace): Html => {
  const number = (value: number | null): string | undefined => (value === null ? undefined : count(value))
  return html`<h3>Where the claim first is false</h3>
${pairs([
  ['iteration', number(iteration)],
  ['token', token === null ? undefined : `${count(token + 1)} of the answer`],
  ['node', node === null ? undefined : html`${node.name} <span class="quiet">node ${node.index}</span>`],
  ['tile', number(tile)],
  ['instruction', number(instruction)],
])}`
}

/** What a language model was asked, what it says and what was claimed that it says, and where the two part. */
export const answers = (told: Answers): Html => {
  const { prompt, promptTokens, claimed, true: right, calledBack, partAt, firstFalse } = told
  return html`<section id="answers">
<h2>What was asked, and what was said</h2>
<p class="${partAt === null ? '' : 'false'}">${partWords(told)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="prompt and answers"><table>
<tbody>
<tr><th scope="row">prompt</th><td>${said(prompt)}${tokensOf({ tokens: promptTokens }, null)}</td></tr>
${answerRow('true answer', right, partAt)}
${claimed === null ? undefined : answerRow('answer claimed', claimed, partAt, partAt === null ? '' : 'wrong')}
${calledBack === null ? undefined : answerRow('the contract that asked was told', calledBack, null)}
</tbody>
</table></div>
${firstFalse === null ? undefined : placeWords(firstFalse)}
</section>`
}
