import airplane from './pictures/airplane.svg';
import automobile from './pictures/automobile.svg';
import bird from './pictures/bird.svg';
import cat from './pictures/cat.svg';
import deer from './pictures/deer.svg';
import dog from './pictures/dog.svg';
import frog from './pictures/frog.svg';
import horse from './pictures/horse.svg';
import ship from './pictures/ship.svg';
import truck from './pictures/truck.svg';

/** The address of a drawing of each class of CIFAR-10, in the order of the labels. */
export const DRAWINGS = {
  airplane,
  automobile,
  bird,
  cat,
  deer,
  dog,
  frog,
  horse,
  ship,
  truck,
} as const;

export type ClassName = keyof typeof DRAWINGS;

/** By label. */
export const CLASS_NAMES = Object.keys(DRAWINGS) as ClassName[];
