/** A set's items in a draft: an array that a caller may also add to and delete from. What it makes are plain arrays. */
export class ItemList extends Array<string> {
  static override get [Symbol.species]() {
    return Array
  }

  static holding(items: readonly string[]): ItemList {
    const list = new ItemList()
    list.replace(items)
    return list
  }

  add(item: string): void {
    if (!this.includes(item)) this.push(item)
  }

  delete(item: string): void {
    this.replace(this.filter((one) => one !== item))
  }

  replace(items: readonly string[]): void {
    this.splice(0, this.length, ...items)
  }
}
