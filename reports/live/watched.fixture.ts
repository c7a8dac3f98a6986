import { type Ended, sim } from '../../sim/command.fixture.ts'

/** What stands on a page. */
export const mainOf = (page: string): string => /<main>.*<\/main>/s.exec(page)![0]

/** What a kept page says of its files, and a served one in its place: there a link would lead nowhere. */
const FILES =
  /Every figure comes from the runs.*?(?= Hash of all journals)|(?:The files, and the commands|The command)(?=<|\n).*$/s

/** A page, or its words, but for those. */
export const withoutFiles = (page: string): string => {
  if (!FILES.test(page)) throw new Error('the page says nothing of its files')
  return page.replace(FILES, '')
}

/** Runs `--watch` until its output says `isOver`, looks at the page that is served then, and interrupts it. */
export const watchedToTheEnd = async (
  args: readonly string[],
  isOver: RegExp,
): Promise<Ended & { readonly served: string }> => {
  let [url, served, isLooked] = ['', '', false]
  const ended = await sim([...args, '--watch'], {
    onError: (text) => {
      url = /watch it in a browser: (\S+)\n/.exec(text)?.[1] ?? url
    },
    onOutput: (output, child) => {
      if (isLooked || !isOver.test(output)) return
      isLooked = true
      void fetch(url)
        .then((response) => response.text())
        .then((text) => {
          served = text
        })
        .finally(() => child.kill('SIGINT'))
    },
  })
  return { ...ended, served }
}
