/** Characters that a tag has in a header as they are: no separator, no space, nothing that a header cannot carry. */
const PLAIN = /[A-Za-z0-9._~:@/+*!$&'()=-]/

/**
 * Tags as the header `Cache-Tag` carries them. Ids are part of most tags, so whatever could end a tag or break a
 * header is percent-encoded: no record can bring in a tag of another.
 */
export function cacheTagHeader(tags: readonly string[]): string {
  return tags.map(encodeTag).join()
}

function encodeTag(tag: string): string {
  return Array.from(tag, (character) => (PLAIN.test(character) ? character : encode(character))).join('')
}

/** Half a character, which only an application's own tags could have, is what it would be in UTF-8. */
function encode(character: string): string {
  return encodeURIComponent(character.toWellFormed())
}
