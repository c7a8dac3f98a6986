import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import type { Checker, CheckResult, CheckStatus } from '@stryker-mutator/api/check'
import type { Mutant, StrykerOptions } from '@stryker-mutator/api/core'
import { commonTokens, tokens } from '@stryker-mutator/api/plugin'
import ts from 'typescript'

/** Where Stryker's options say what is checked. */
export const CHECKED = 'opmlChecked'

export interface Checked {
  /** The compiler's configuration, of the files that mutants are made of and of what they import. */
  readonly tsconfig: string
  /** How many mutants are tried, drawn by `seed`; all where absent. */
  readonly sample?: number
  readonly seed?: number
}

/** What is an error in code that somebody wrote is none in code that a tool has changed. */
const LENIENT: ts.CompilerOptions = {
  allowUnreachableCode: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  declaration: true,
  noEmit: false,
}

const PASSED: CheckResult = { status: 'passed' as CheckStatus.Passed }
const failed = (reason: string): CheckResult => ({
  status: 'compileError' as CheckStatus.CompileError,
  reason,
})

/**
 * Whether a mutant compiles: the file that it is in, and where that file then declares something else, every file of
 * the library that imports it. Stryker's own checker watches files instead, and at times takes one mutant's error for
 * the next one's too; a whole file then seemed not to compile.
 */
export class CompileChecker implements Checker {
  static inject = tokens(commonTokens.options)
  readonly #checked: Checked
  /** The mutants that are tried; undefined where all are. */
  #drawn: ReadonlySet<string> | undefined
  readonly #originals = new Map<string, string>()
  readonly #importers = new Map<string, readonly string[]>()
  readonly #declarations = new Map<string, string>()
  #mutated: { readonly file: string; readonly text: string } | undefined
  #version = 0
  #service: ts.LanguageService | undefined

  constructor(options: Readonly<Pick<StrykerOptions, string>>) {
    this.#checked = options[CHECKED] as Checked
  }

  /** Asked once, with all mutants: each is checked by itself, and a sample is drawn here. */
  async group(mutants: Mutant[]): Promise<string[][]> {
    const { sample, seed } = this.#checked
    if (sample !== undefined) {
      const rank = ({ fileName, location, replacement }: Mutant): string =>
        createHash('sha256')
          .update(JSON.stringify([seed, fileName.slice(process.cwd().length), location, replacement]))
          .digest('hex')
      const ranked = mutants.map((mutant) => ({ id: mutant.id, rank: rank(mutant) }))
      this.#drawn = new Set(
        ranked
          .sort((a, b) => (a.rank < b.rank ? -1 : 1))
          .slice(0, sample)
          .map(({ id }) => id),
      )
    }
    return mutants.map(({ id }) => [id])
  }

  /** Whether the mutant is tried. */
  isDrawn(id: string): boolean {
    return this.#drawn === undefined || this.#drawn.has(id)
  }

  async init(): Promise<void> {
    const config = ts.getParsedCommandLineOfConfigFile(this.#checked.tsconfig, LENIENT, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (fault) => {
        throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, '\n'))
      },
    })!
    for (const file of config.fileNames) this.#originals.set(file, ts.sys.readFile(file)!)
    for (const [file, text] of this.#originals)
      for (const { fileName } of ts.preProcessFile(text).importedFiles) {
        const imported = resolve(dirname(file), fileName)
        this.#importers.set(imported, [...(this.#importers.get(imported) ?? []), file])
      }
    this.#service = ts.createLanguageService(this.#host(config), ts.createDocumentRegistry())
    for (const file of this.#originals.keys()) {
      const [fault] = this.#faults(file)
      if (fault !== undefined) throw new Error(`${file} does not compile: ${fault}`)
      this.#declarations.set(file, this.#declarationOf(file))
    }
  }

  async check([mutant]: Mutant[]): Promise<Record<string, CheckResult>> {
    const { id, fileName, location, replacement } = mutant!
    if (!this.isDrawn(id)) return { [id]: failed('not of the sample') }
    const original = this.#originals.get(fileName)!
    const lines = ts.createSourceFile(fileName, original, ts.ScriptTarget.Latest)
    const [start, end] = [location.start, location.end].map(({ line, column }) =>
      lines.getPositionOfLineAndCharacter(line, column),
    )
    this.#mutated = {
      file: fileName,
      text: original.slice(0, start) + replacement + original.slice(end),
    }
    this.#version++
    const reason = this.#faults(fileName)[0] ?? this.#faultOfImporters(fileName)
    return { [id]: reason === undefined ? PASSED : failed(reason) }
  }

  #faultOfImporters(file: string): string | undefined {
    if (this.#declarationOf(file) === this.#declarations.get(file)) return undefined
    for (const importer of this.#importers.get(file) ?? []) {
      const [fault] = this.#faults(importer)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  #faults(file: string): readonly string[] {
    const service = this.#service!
    return [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map(
      ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'),
    )
  }

  #declarationOf(file: string): string {
    return this.#service!.getEmitOutput(file, true)
      .outputFiles.map(({ text }) => text)
      .join()
  }

  #host({ options, fileNames }: ts.ParsedCommandLine): ts.LanguageServiceHost {
    const textOf = (file: string): string | undefined =>
      file === this.#mutated?.file ? this.#mutated.text : (this.#originals.get(file) ?? ts.sys.readFile(file))
    return {
      getCompilationSettings: () => options,
      getScriptFileNames: () => fileNames,
      getScriptVersion: (file) => (file === this.#mutated?.file ? `mutant ${this.#version}` : 'original'),
      getScriptSnapshot: (file) => {
        const text = textOf(file)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
      getCurrentDirectory: () => process.cwd(),
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    }
  }
}
