import { describe, expect, it } from 'vitest'
import { type AlertOptions, readAlertOptions } from '../../../src/core/alerts/options.ts'
import { RULE_NAMES, RULES } from '../../../src/core/alerts/rules.ts'

describe('the rules of a deployment', () => {
  it('ALR-3 are all there without a word', () => {
    expect(readAlertOptions()).toEqual({
      rules: new Map(RULE_NAMES.map((name) => [name, RULES[name]])),
      runbook: 'docs/operations/',
    })
  })

  it('ALR-3 differ where an application says so, and nowhere else', () => {
    const { rules, runbook } = readAlertOptions({
      rules: { 'drain-lag': { atLeast: 5_000 }, parked: { coolDownMs: 0 }, 'set-aside': false },
      runbook: 'https://wiki.example/runbook',
    })
    expect(runbook).toBe('https://wiki.example/runbook/')
    expect(rules.get('drain-lag')).toEqual({ ...RULES['drain-lag'], atLeast: 5_000 })
    expect(rules.get('parked')).toEqual({ ...RULES.parked, coolDownMs: 0 })
    expect(rules.has('set-aside')).toBe(false)
    expect(rules.get('postgres-away')).toEqual(RULES['postgres-away'])
  })

  it.each([
    ['{"rules":{"sunshine":{}}}', 'there is no rule "sunshine"; there are postgres-away,'],
    ['{"rules":{"drain-lag":{"atLeast":-1}}}', 'atLeast of "drain-lag" is milliseconds from 0'],
    ['{"rules":{"drain-lag":{"atLeast":"60s"}}}', 'atLeast of "drain-lag" is milliseconds from 0'],
    ['{"rules":{"set-aside":{"atLeast":0}}}', 'atLeast of "set-aside" is a whole number from 1'],
    ['{"rules":{"set-aside":{"atLeast":1.5}}}', 'atLeast of "set-aside" is a whole number from 1'],
    [
      '{"rules":{"parked":{"coolDownMs":-1}}}',
      'coolDownMs of "parked" is whole milliseconds from 0 to 86400000',
    ],
    ['{"rules":{"parked":{"coolDownMs":86400001}}}', 'coolDownMs of "parked" is whole milliseconds'],
    ['{"rules":{"parked":{"coolDownMs":null}}}', 'coolDownMs of "parked" is whole milliseconds'],
    ['{"rules":{"parked":{"above":3}}}', 'of "parked" there is no "above"; there are atLeast and coolDownMs'],
    ['{"rules":{"error-rate":{"atLeast":0}}}', 'atLeast of "error-rate" is a share above 0 and up to 1'],
    ['{"rules":{"error-rate":{"atLeast":5}}}', 'atLeast of "error-rate" is a share above 0 and up to 1'],
    ['{"rules":{"resync-rate":{"atLeast":0}}}', 'atLeast of "resync-rate" is a number above 0'],
  ])('ALR-3 %s is refused with a sentence', (text, sentence) => {
    // As from an application that is not type-checked.
    const options: AlertOptions = JSON.parse(text)
    expect(() => readAlertOptions(options)).toThrow(sentence)
  })
})
