package flumen;

import java.io.FileInputStream;
import java.net.URI;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.ProtocolNegotiation;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.utils.AttributeMap;

/** The ways in which the SDK for Java reaches a Kinesis endpoint: each starts its connection differently. */
enum Ways {
    /** HTTP/1.1 in the clear. */
    SYNC(false),
    /** HTTP/1.1 over TLS. */
    SYNC_TLS(true),
    /** The asynchronous client as it comes: HTTP/2 by prior knowledge in the clear. */
    ASYNC_H2C(false),
    /** HTTP/2 agreed by ALPN. */
    ASYNC_TLS_ALPN(true),
    /** The HTTP/2 preface inside TLS without ALPN, as older versions and Flink send it. */
    ASYNC_TLS_PRIOR_KNOWLEDGE(true),
    /** HTTP/1.1 from the asynchronous client. */
    ASYNC_HTTP1(false);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final boolean tls;

    Ways(boolean tls) {
        this.tls = tls;
    }

    /** Those that the server at hand offers: a peer may have no TLS port. */
    static List<Ways> offered() {
        var offered = new ArrayList<>(List.of(values()));
        if (System.getenv("FLUMEN_TLS_ENDPOINT") == null) {
            offered.removeIf(way -> way.tls);
        }
        return offered;
    }

    Api open() throws Exception {
        return name().startsWith("SYNC") ? sync() : async();
    }

    private Api sync() throws Exception {
        var http = UrlConnectionHttpClient.builder().socketTimeout(PATIENCE).buildWithDefaults(trust(tls));
        var client = KinesisClient.builder()
                .endpointOverride(endpoint()).region(Region.US_EAST_1).httpClient(http)
                .overrideConfiguration(config -> config.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
        return Api.of(client);
    }

    private Api async() throws Exception {
        var builder = NettyNioAsyncHttpClient.builder().readTimeout(PATIENCE);
        if (this != ASYNC_H2C) {
            builder.protocol(this == ASYNC_HTTP1 ? Protocol.HTTP1_1 : Protocol.HTTP2);
        } else {
            builder.protocol(Protocol.HTTP2).protocolNegotiation(ProtocolNegotiation.ASSUME_PROTOCOL);
        }
        if (tls) {
            builder.protocolNegotiation(
                    this == ASYNC_TLS_ALPN ? ProtocolNegotiation.ALPN : ProtocolNegotiation.ASSUME_PROTOCOL);
        }
        var client = KinesisAsyncClient.builder()
                .endpointOverride(endpoint()).region(Region.US_EAST_1).httpClient(builder.buildWithDefaults(trust(tls)))
                .overrideConfiguration(config -> config.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
        return Api.of(client);
    }

    private URI endpoint() {
        return URI.create(Objects.requireNonNull(System.getenv(tls ? "FLUMEN_TLS_ENDPOINT" : "FLUMEN_ENDPOINT")));
    }

    /** The certificate authority of the server and no other. */
    static AttributeMap trust(boolean tls) throws Exception {
        if (!tls) {
            return AttributeMap.empty();
        }
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var file = new FileInputStream(System.getenv("FLUMEN_CA"))) {
            store.setCertificateEntry("flumen", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        TrustManager[] managers = factory.getTrustManagers();
        return AttributeMap.builder()
                .put(SdkHttpConfigurationOption.TLS_TRUST_MANAGERS_PROVIDER, () -> managers).build();
    }
}
