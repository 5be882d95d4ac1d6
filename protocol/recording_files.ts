/** Files that hold EEG recordings, by their names: those that are read, and those that are refused with a remedy. */

const READ = ['.edf', '.bdf', '.csv', '.tsv', '.txt']
/** The backend recognises each by its content and explains how to convert it. */
const NAMED = ['.gdf', '.vhdr', '.vmrk', '.fif', '.xdf', '.cnt', '.set', '.mat']

/** Tables hold other things than recordings too. */
const TABLES = ['.csv', '.tsv', '.txt']

const extensionOf = (name: string) => /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? ''

/** Whether a file is sent as a recording when only its name is known. */
export const isRecordingName = (name: string): boolean =>
  [...READ, ...NAMED].includes(extensionOf(name))

/** Whether the name alone makes a file a recording: it is not that of a table. */
export const isRecordingFormat = (name: string): boolean =>
  isRecordingName(name) && !TABLES.includes(extensionOf(name))

/** Whether a file may be a table of numbers by its name. */
export const isTableName = (name: string): boolean => TABLES.includes(extensionOf(name))
