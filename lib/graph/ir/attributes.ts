import type { TypedArray } from './tensor';

/** An attribute of an operation, tagged with its TF_AttrType. */
export type Attribute =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int'; readonly value: number | readonly number[] }
  | { readonly kind: 'float'; readonly value: number | readonly number[] }
  | { readonly kind: 'bool'; readonly value: boolean | readonly boolean[] }
  | { readonly kind: 'type'; readonly value: number }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | {
      readonly kind: 'tensor';
      readonly dtype: number;
      readonly shape: readonly number[];
      readonly values: TypedArray;
    };

export type Attributes = Readonly<Record<string, Attribute>>;
