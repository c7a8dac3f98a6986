import type { Answer } from '../../impl/inference/runs.ts'
import type { Answers, FalsePlace } from '../../sim/answers.ts'
import { count } from '../../sim/format.ts'
import { visible } from '../../sim/visible.ts'
import { type Html, html } from '../html.ts'
import { pairs } from './pairs.ts'

const ids = (tokens: readonly number[]): string => tokens.join(' ')

const said = (text: string | null, tokens: readonly number[]): Html =>
  text === null
    ? html`<span class="quiet">in ids alone:</span> ${ids(tokens)}`
    : html`<q class="said">${visible(text)}</q>`

/** Ids of an answer's tokens; the one in which it parts from the other is marked. */
const tokensOf = ({ tokens }: Answer, partAt: number | null): readonly Html[] =>
  tokens.map((token, i) => (i === partAt ? html`<mark>${token}</mark> ` : html`${token} `))

const answerRow = (
  what: string,
  answer: Answer,
  partAt: number | null,
  tone = '',
): Html => html`<tr class="${tone}">
<th scope="row">${what}</th><td>${said(answer.text, answer.tokens)}</td><td class="tokens"><code>${tokensOf(answer, partAt)}</code></td>
</tr>`

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
  const parts =
    claimed === null
      ? 'Nobody claimed an answer.'
      : partAt === null
        ? 'The answer claimed is the true one.'
        : `The two part at token ${count(partAt + 1)} of the answer.`
  return html`<section id="answers">
<h2>What was asked, and what was said</h2>
<p class="${partAt === null ? '' : 'false'}">${parts}</p>
<div class="scroll" tabindex="0" role="region" aria-label="prompt and answers"><table>
<thead><tr><td></td><th>text</th><th>tokens</th></tr></thead>
<tbody>
<tr><th scope="row">prompt</th><td>${said(prompt, promptTokens)}</td><td class="tokens"><code>${ids(promptTokens)}</code></td></tr>
${answerRow('true answer', right, partAt)}
${claimed === null ? undefined : answerRow('answer claimed', claimed, partAt, partAt === null ? '' : 'wrong')}
${calledBack === null ? undefined : answerRow('the contract that asked was told', calledBack, null)}
</tbody>
</table></div>
${firstFalse === null ? undefined : placeWords(firstFalse)}
</section>`
}
