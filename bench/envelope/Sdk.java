import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import com.amazonaws.encryptionsdk.caching.CachingCryptoMaterialsManager;
import com.amazonaws.encryptionsdk.caching.LocalCryptoMaterialsCache;
import com.amazonaws.encryptionsdk.jce.JceMasterKey;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.crypto.spec.SecretKeySpec;

/**
 * What AWS's Encryption SDK for Java takes for the same messages, with its cache of data keys, once it is compiled:
 * `java -cp 'compat/envelope/java/target/dependency/*' bench/envelope/Sdk.java`, after `compat/run --install envelope`.
 */
class Sdk {
  public static void main(String[] arguments) {
    Map<String, String> context = Map.of("team", "payments", "stream", "orders");
    var key = JceMasterKey.getInstance(new SecretKeySpec(new byte[32], "AES"), "bench", "bench", "AES/GCM/NoPadding");
    for (var suite : new CryptoAlgorithm[] {
        CryptoAlgorithm.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
        CryptoAlgorithm.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384}) {
      var crypto = AwsCrypto.builder().withCommitmentPolicy(CommitmentPolicy.RequireEncryptRequireDecrypt)
          .withEncryptionAlgorithm(suite).withEncryptionFrameSize(4096).build();
      for (int size : new int[] {1024, 102_400}) {
        var cached = CachingCryptoMaterialsManager.newBuilder().withMasterKeyProvider(key)
            .withCache(new LocalCryptoMaterialsCache(100)).withMaxAge(1, TimeUnit.HOURS).build();
        byte[] plaintext = new byte[size];
        byte[] message = crypto.encryptData(cached, plaintext, context).getResult();
        double seal = best(() -> crypto.encryptData(cached, plaintext, context));
        double open = best(() -> crypto.decryptData(cached, message));
        System.out.printf("%#06x %9d bytes: seal %9.1f us, open %9.1f us%n", suite.getValue(), size, seal, open);
      }
    }
  }

  /** Microseconds of one, in the round that took the least. */
  static double best(Runnable one) {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < 10; round++) {
      long begun = System.nanoTime(), count = 0;
      while (System.nanoTime() - begun < 500_000_000) {
        one.run();
        count++;
      }
      best = Math.min(best, (System.nanoTime() - begun) / 1000.0 / count);
    }
    return best;
  }
}
