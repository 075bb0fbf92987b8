import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import com.amazonaws.encryptionsdk.MasterKeyProvider;
import com.amazonaws.encryptionsdk.jce.JceMasterKey;
import com.amazonaws.encryptionsdk.multi.MultipleProviderFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.spec.SecretKeySpec;

/** Seals and opens messages with AWS's Encryption SDK for Java. What each task says is in ../test_others.py. */
public class Envelope {
  static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    List<Object> results = new ArrayList<>();
    for (JsonNode task : JSON.readTree(System.in)) {
      try {
        results.add(done(task));
      } catch (Exception error) {
        results.add(Map.of("error", error.toString()));
      }
    }
    System.out.write(JSON.writeValueAsBytes(results));
    System.out.flush();
  }

  static Map<String, Object> done(JsonNode task) throws Exception {
    int suite = task.get("suite").asInt();
    AwsCrypto crypto = AwsCrypto.builder()
        .withCommitmentPolicy(suite >= 0x0400
            ? CommitmentPolicy.RequireEncryptRequireDecrypt : CommitmentPolicy.ForbidEncryptAllowDecrypt)
        .withEncryptionAlgorithm(of(suite))
        .withEncryptionFrameSize(task.get("frameBytes").asInt())
        .build();
    byte[] data = task.get("data").binaryValue();
    if (task.get("action").asText().equals("seal")) {
      Map<String, String> context = new HashMap<>();
      task.get("context").fields().forEachRemaining(pair -> context.put(pair.getKey(), pair.getValue().asText()));
      return Map.of("data", crypto.encryptData(keys(task), data, context).getResult());
    }
    var opened = crypto.decryptData(keys(task), data);
    Map<String, String> context = new TreeMap<>(opened.getEncryptionContext());
    context.remove("aws-crypto-public-key");
    int found = opened.getHeaders().getCryptoAlgoId().getValue();
    return Map.of("data", opened.getResult(), "suite", found & 0xffff, "context", context);
  }

  static CryptoAlgorithm of(int suite) {
    for (CryptoAlgorithm algorithm : CryptoAlgorithm.values()) {
      if ((algorithm.getValue() & 0xffff) == suite) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException("no suite " + suite);
  }

  static MasterKeyProvider<?> keys(JsonNode task) throws Exception {
    List<JceMasterKey> keys = new ArrayList<>();
    for (JsonNode key : task.get("keys")) {
      keys.add(one(key));
    }
    return keys.size() == 1 ? keys.get(0) : MultipleProviderFactory.buildMultiProvider(JceMasterKey.class, keys);
  }

  static JceMasterKey one(JsonNode key) throws Exception {
    String kind = key.get("kind").asText();
    String namespace = key.get("namespace").asText();
    String name = key.get("name").asText();
    if (kind.equals("aes")) {
      SecretKeySpec secret = new SecretKeySpec(key.get("key").binaryValue(), "AES");
      return JceMasterKey.getInstance(secret, namespace, name, "AES/GCM/NoPadding");
    }
    KeyFactory factory = KeyFactory.getInstance("RSA");
    PublicKey writer = factory.generatePublic(new X509EncodedKeySpec(der(key.get("publicKey").asText())));
    PrivateKey reader = factory.generatePrivate(new PKCS8EncodedKeySpec(der(key.get("key").asText())));
    String padding = "RSA/ECB/OAEPWithSHA-" + kind.substring(4) + "AndMGF1Padding";
    return JceMasterKey.getInstance(writer, reader, namespace, name, padding);
  }

  static byte[] der(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }
}
