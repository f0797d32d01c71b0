import { endHome } from './ending';
import { sharedHome } from './home';

/** The last step of a run. */
export default (): Promise<void> => endHome(sharedHome());
