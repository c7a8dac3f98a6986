import { dirname, resolve } from 'node:path'
import type { Checker, CheckResult, CheckStatus } from '@stryker-mutator/api/check'
import type { Mutant } from '@stryker-mutator/api/core'
import ts from 'typescript'

/**
 * Whether a mutant compiles: the file that it is in, and where that file then declares something else, every file of
 * the library that imports it. Stryker's own checker watches files instead, and at times takes one mutant's error for
 * the next one's too; a whole file then seemed not to compile.
 */
const CONFIG = 'spec/checks/mutants/tsconfig.json'

/** What is an error in code that somebody wrote is none in code that a tool has changed. */
const LENIENT: ts.CompilerOptions = {
  allowUnreachableCode: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  declaration: true,
  noEmit: false,
}

const PASSED: CheckResult = { status: 'passed' as CheckStatus.Passed }

export class CompileChecker implements Checker {
  readonly #originals = new Map<string, string>()
  readonly #importers = new Map<string, readonly string[]>()
  readonly #declarations = new Map<string, string>()
  #mutated: { readonly file: string; readonly text: string } | undefined
  #version = 0
  #service: ts.LanguageService | undefined

  async init(): Promise<void> {
    const config = ts.getParsedCommandLineOfConfigFile(CONFIG, LENIENT, {
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
    return {
      [id]: reason === undefined ? PASSED : { status: 'compileError' as CheckStatus.CompileError, reason },
    }
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
