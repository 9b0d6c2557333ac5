// Chance that a seed repeats: the same seed gives the same variants. Pure.

export class Chance {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to 1, without 1 (the generator is known as mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound) {
    return Math.floor(this.next() * bound);
  }

  /** One of a list; undefined of an empty one. */
  pick(list) {
    return list[this.below(list.length)];
  }

  /** Whether something of that probability happens. */
  happens(probability) {
    return this.next() < probability;
  }

  shuffled(list) {
    const left = [...list];
    const drawn = [];
    while (left.length > 0) drawn.push(...left.splice(this.below(left.length), 1));
    return drawn;
  }
}
