package flumen;

import software.amazon.kinesis.leases.LeaseManagementConfig;

/** KCL 2 has no waits beyond those that both versions have. */
final class Timers {
    private Timers() {}

    static void shorten(LeaseManagementConfig leases) {
        leases.maxLeasesToStealAtOneTime(2);
    }
}
