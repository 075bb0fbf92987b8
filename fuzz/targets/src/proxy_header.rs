//! Any bytes as the header of a proxy: no panic, no more asked for than is allowed, and nothing believed that is not there.

use flumen_protocol::proxy::{Proxied, REST_BYTES_MAX, is_endpoint, parse, rest_bytes};

pub fn proxy_header(bytes: &[u8]) {
    let Some((head, rest)) = bytes.split_first_chunk() else { return };
    if let Ok(wanted) = rest_bytes(head) {
        assert!(wanted <= REST_BYTES_MAX);
    }
    read(head, rest);
    // The fuzzer would rarely find a length that fits.
    let mut head = *head;
    let [.., high, low] = &mut head;
    if let Ok(length) = u16::try_from(rest.len()) {
        [*high, *low] = length.to_be_bytes();
        read(&head, rest);
    }
}

fn read(head: &[u8; 16], rest: &[u8]) {
    if let Ok(Proxied::Client { endpoint: Some(id), .. }) = parse(head, rest) {
        assert!(is_endpoint(&id) && rest.windows(id.len()).any(|part| part == id.as_bytes()));
    }
}
