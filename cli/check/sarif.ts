import { pathToFileURL } from 'node:url'
import { codes } from '../../compiler/frontend/codes.ts'
import type { Finding } from '../../compiler/frontend/finding.ts'
import { pagePath, shownPath } from './paths.ts'

/**
 * Findings in the Static Analysis Results Interchange Format 2.1.0 (OASIS), which code hosts show beside the lines.
 * Paths are from `folder`.
 */
export function toSarif(findings: readonly Finding[], folder: string): object {
  const used = [...new Set(findings.map(({ code }) => code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'fluxion check',
            rules: used.map((id) => ({
              id,
              shortDescription: { text: codes[id].title },
              help: { text: `${codes[id].help}; see ${pagePath(id, folder)}` },
              defaultConfiguration: { level: codes[id].severity },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(folder)}/` } },
        results: findings.map((finding) => resultOf(finding, used.indexOf(finding.code), folder)),
      },
    ],
  }
}

function resultOf(
  { code, severity, message, help, file, line, column, length }: Finding,
  ruleIndex: number,
  folder: string,
) {
  const path = shownPath(file, folder)
  const isBelow = path !== file.replaceAll('\\', '/')
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: `${message}. To do: ${help}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: isBelow ? { uri: encodeURI(path), uriBaseId: 'ROOT' } : { uri: pathToFileURL(file).href },
          region: { startLine: line, startColumn: column, endColumn: column + length },
        },
      },
    ],
  }
}
