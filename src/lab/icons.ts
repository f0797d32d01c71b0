import { LabIcon } from '@jupyterlab/ui-components';
import svgstr from '../../style/icons/pilothouse.svg';

/** A ship's wheel. */
export const pilothouseIcon = new LabIcon({ name: 'jupyterlab-pilothouse:wheel', svgstr });
