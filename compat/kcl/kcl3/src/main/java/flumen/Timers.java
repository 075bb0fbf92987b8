package flumen;

import software.amazon.kinesis.leases.LeaseManagementConfig;

/** Waits of KCL 3 that would make a test long. */
final class Timers {
    private Timers() {}

    static void shorten(LeaseManagementConfig leases) {
        leases.dynamoDbLockBasedLeaderLeaseDurationInMillis(8000)
                .dynamoDbLockBasedLeaderHeartbeatPeriodInMillis(2000)
                .leaseAssignmentIntervalMillis(4000L);
        leases.workerUtilizationAwareAssignmentConfig()
                .workerMetricsReporterFreqInMillis(2000)
                .inMemoryWorkerMetricsCaptureFrequencyMillis(500)
                // By leases: the processor time of a test says nothing.
                .disableWorkerMetrics(true);
        leases.leaseAssignmentStrategy(software.amazon.kinesis.leases.LeaseAssignmentStrategy.LEASE_COUNT_BASED);
    }
}
