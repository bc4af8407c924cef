import { describeVectors } from './support/describe.ts'

describeVectors((all) => all)
