import { Command, InvalidArgumentError } from 'commander'
import { commanderExit } from '../commanderExit.ts'
import { EXIT, exitCodeOf } from '../exitCode.ts'
import { count } from '../format.ts'
import { complain, say } from '../terminal.ts'
import { isQueueUrl, QUEUE_URL_ALLOWED } from './connection.ts'
import { startWorker } from './worker.ts'

export const queueUrl = (text: string): string => {
  if (!isQueueUrl(text)) throw new InvalidArgumentError(`allowed: ${QUEUE_URL_ALLOWED}`)
  return text
}

/** Until somebody says that it is enough, or the server is gone. @returns the exit code */
const work = async (url: string): Promise<number> => {
  let runs = 0
  const worker = await startWorker(url, (more) => {
    runs += more
    say(`${count(runs)} runs played`)
  })
  say(`takes runs from ${url}; stop with Ctrl-C: what has been begun is finished first`)
  const interrupted = new Promise<undefined>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(undefined))
  })
  const lost = await Promise.race([worker.isLost, interrupted])
  await worker.close()
  if (lost === undefined) return EXIT.interrupted
  complain(`error: ${lost.message}`)
  return EXIT.chain
}

/** `npm run sim:worker`. @returns the exit code */
export const workerCommand = async (args: readonly string[]): Promise<number> => {
  let code: number = EXIT.badInput
  const command = new Command('sim:worker')
    .description('Plays runs of simulations that others put into a queue (npm run sim -- FILE --queue URL)')
    .option('--queue <url>', 'the queue: a Redis or Valkey server, redis://HOST:PORT', queueUrl)
    .addHelpText(
      'after',
      [
        '\nExit codes:',
        '  2    bad input: the URL',
        '  4    no server answers there, or it went away',
        '  130  interrupted: what had been begun was finished',
      ].join('\n'),
    )
    .configureOutput({ writeErr: (text) => complain(text.trimEnd()) })
    .exitOverride()
    .action(async ({ queue }: { readonly queue?: string }) => {
      if (queue === undefined) command.error('error: --queue is missing: the queue that runs are taken from')
      else code = await work(queue)
    })
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    const said = commanderExit(error)
    if (said !== undefined) return said
    complain(`error: ${(error as Error).message}`)
    return exitCodeOf(error) ?? EXIT.fault
  }
  return code
}
