import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sim, withFolder } from '../command.fixture.ts'
import { EXIT } from '../exitCode.ts'
import { freePort } from '../queue/redis.fixture.ts'

/** An attacker that tries so many attacks first, of which each is a run: minutes within the first run that counts. */
const endless = (vary: string) => `
scenario: endless
task: { model: alphabet, lengths: [8, 8, 64], count: 50 }
actors:
  - { name: sam, role: server, strategy: honest }
  - { name: vera, role: verifier, strategy: honest }
  - { name: mal, role: attacker, strategy: adaptive, budgetWei: "10000000000000000000", rounds: 10000 }
${vary}`

const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []

// Rationale: where a run takes minutes, whoever stops it is not to wait for them, nor to find half of a report.
test(
  'SWEEP-16 Ctrl-C ends a run that is played in the command’s own process, and what was finished can be gone on with',
  () =>
    withFolder(async (folder) => {
      const [file, lines, out] = [
        join(folder, 'given.yaml'),
        join(folder, 'runs.jsonl'),
        join(folder, 'a', 'b'),
      ]
      const stopped = async (text: string, isTime: () => boolean, files: readonly string[]) => {
        writeFileSync(file, text)
        let looking: NodeJS.Timeout | undefined
        const ended = await sim([...files, '--workers', '1', '--out', out], {
          onOutput: (_, child) => {
            looking ??= setInterval(() => {
              if (!isTime()) return
              clearInterval(looking)
              child.kill('SIGINT')
            }, 20)
          },
        })
        expect([ended.code, existsSync(join(folder, 'a'))]).toEqual([EXIT.interrupted, false])
        return ended
      }
      // Whoever stops the first of two files wants none of the second.
      const one = await stopped(endless(''), () => true, [file, file])
      expect(one.stderr).toBe(
        'stopped; with --jsonl FILE what is finished is kept, and --resume goes on with it\n',
      )
      expect(one.stdout.match(/seed 0/g)).toHaveLength(1)
      const many = endless('vary: { actors.mal.rounds: [1, 10000] }\n')
      const kept = await stopped(many, () => linesOf(lines).length > 1, [file, '--jsonl', lines])
      expect(kept.stderr).toContain(`stopped; what is finished stands in ${lines}: go on with --resume`)
      expect(linesOf(lines).map((line) => Object.keys(JSON.parse(line))[0])).toEqual(['scenario', 'point'])
    }),
  300_000,
)

// Rationale: a mistyped address once left an empty folder, and a file of results was emptied for it.
test(
  'SWEEP-17 where the queue or the chain is not there nothing is written, and what stands there stays',
  () =>
    withFolder(async (folder) => {
      const [file, lines, out] = ['given.yaml', 'runs.jsonl', 'out'].map((name) => join(folder, name))
      writeFileSync(file!, endless('runs: 2\n'))
      const results = '{"scenario":"of an earlier day"}\n'
      writeFileSync(lines!, results)
      const nobody = `127.0.0.1:${await freePort()}`
      for (const [option, url, said] of [
        ['--queue', `redis://${nobody}`, /no Redis or Valkey server answers there/],
        ['--rpc', `http://${nobody}`, /start one with: npx anvil/],
      ] as const) {
        const { code, stdout, stderr } = await sim([file!, option, url, '--jsonl', lines!, '--out', out!])
        expect([code, stdout]).toEqual([EXIT.chain, ''])
        expect(stderr).toMatch(said)
        expect([existsSync(out!), readFileSync(lines!, 'utf8')]).toEqual([false, results])
      }
    }),
  300_000,
)
