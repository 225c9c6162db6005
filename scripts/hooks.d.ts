// What milvus-ingest gives to hooks. Editors read this file; nothing runs it.
// Refer to it from a hook file with: /// <reference path="./hooks.d.ts" />

declare namespace MilvusIngest {
  /** What a field of a record holds. Integers beyond 2^53 are bigint; vectors are typed arrays. */
  type Value =
    | null | boolean | number | bigint | string
    | Float32Array | Int8Array | Uint8Array
    | { [key: string]: any } | any[];

  /** A row. Give the type of your own: Context<{ category: string }>. */
  type Row = { readonly [field: string]: any };

  /** Randomness that is the same for the same seed, field and row. Math.random is it, too. */
  interface Rng {
    /** A number of [0, 1). */
    float(): number;
    /** A whole number of [low, high]. */
    int(low: number, high: number): number;
    /** A number of the normal distribution (0 and 1 unless told otherwise). */
    normal(mean?: number, deviation?: number): number;
    /** An element of a list. */
    pick<T>(list: ArrayLike<T>): T;
    /** An element of a list, by the weights in another one. */
    weighted<T>(list: ArrayLike<T>, weights: ArrayLike<number>): T;
    /** A UUID of version 4. */
    uuid(): string;
  }

  interface Context<R = Row> {
    /** Number of the row in the data set, from 0. */
    readonly row: number;
    readonly rng: Rng;
    /** The fields named in uses; all fields for validate. */
    readonly record: R;
  }

  /** Makes the value of a field. */
  type FieldHook<R = any> =
    | ((context: Context<R>) => Value)
    | { uses?: readonly string[]; value: (context: Context<R>) => Value };

  type Fields = { [field: string]: FieldHook };

  /** true accepts the row; a text says why not. */
  type Validate<R = any> = (record: R, context: Context<R>) => boolean | string;

  interface Dataset {
    readonly name: string;
    /** The seed as text: it may be beyond 2^53. */
    readonly seed: string;
    readonly fields: readonly string[];
  }

  /** Called before any row, once for each hook in each process. */
  type Setup = (dataset: Dataset) => void;
}

/** Fast functions over vectors. */
declare const vec: {
  /** Euclidean length. */
  norm(v: ArrayLike<number>): number;
  dot(a: ArrayLike<number>, b: ArrayLike<number>): number;
  /** Whether no element is NaN or infinite. */
  finite(v: ArrayLike<number>): boolean;
};

/** Writes to the program's log: shown with --verbose. */
interface Console {
  debug(...words: any[]): void;
  log(...words: any[]): void;
  info(...words: any[]): void;
  warn(...words: any[]): void;
  error(...words: any[]): void;
}
declare var console: Console;
