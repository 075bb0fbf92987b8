//! The header of the PROXY protocol, version 2, by which a proxy says whose connection it passes on.
//! Source: HAProxy's proxy-protocol.txt, section 2.2; of the endpoint's id AWS's page on target groups of Network Load
//! Balancers.
//!
//! Whom to believe is the server's business: without that a header proves nothing. What it says of TLS between client and
//! proxy is not read, since who terminates TLS elsewhere has plain text on the way here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Of what every header begins with: the signature, version and command, family, length of the rest.
pub const HEAD_BYTES: usize = 16;
/// What the rest may have; addresses and what proxies add are some hundred bytes.
pub const REST_BYTES_MAX: usize = 4096;

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
const LOCAL: u8 = 0x20;
const PROXY: u8 = 0x21;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;

/// Types of what may follow the addresses, PP2_TYPE_CRC32C and PP2_TYPE_AWS, and of the latter PP2_SUBTYPE_AWS_VPCE_ID.
const CHECKSUM: u8 = 0x03;
const AWS: u8 = 0xea;
const AWS_ENDPOINT: u8 = 0x01;

/// Whose connection it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxied {
    /// The proxy's own: it looks whether somebody is here.
    Local,
    Client {
        address: SocketAddr,
        /// The id of the private endpoint that the client came through.
        endpoint: Option<String>,
    },
}

/// Why these bytes are none that tell it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHeader {
    #[error("what came is no header of the PROXY protocol, version 2")]
    Other,
    #[error("the PROXY header has {bytes} bytes after its head; it may have {REST_BYTES_MAX}")]
    TooLong { bytes: usize },
    #[error("the PROXY header's command is {command:#04x}")]
    Command { command: u8 },
    #[error("the PROXY header's address family is {family:#04x}; TCP over IPv4 and IPv6 are known")]
    Family { family: u8 },
    #[error("the PROXY header ends within {0}")]
    CutOff(&'static str),
    #[error("the PROXY header has a wrong checksum")]
    Checksum,
    #[error("the PROXY header says twice {0}")]
    Twice(&'static str),
    #[error("the PROXY header has an endpoint id that is none")]
    Endpoint,
}

/// How many bytes follow the head.
pub fn rest_bytes(head: &[u8; HEAD_BYTES]) -> Result<usize, NoHeader> {
    let [signature @ .., command, _, high, low] = head;
    if signature != SIGNATURE {
        return Err(NoHeader::Other);
    }
    // The upper half is the version.
    if command & 0xf0 != 0x20 {
        return Err(NoHeader::Other);
    }
    match usize::from(u16::from_be_bytes([*high, *low])) {
        bytes if bytes > REST_BYTES_MAX => Err(NoHeader::TooLong { bytes }),
        bytes => Ok(bytes),
    }
}

/// What the header says, of which `rest` is all that follows its head.
pub fn parse(head: &[u8; HEAD_BYTES], rest: &[u8]) -> Result<Proxied, NoHeader> {
    if rest_bytes(head)? != rest.len() {
        return Err(NoHeader::CutOff("what follows its head"));
    }
    let [.., command, family, _, _] = *head;
    match command {
        LOCAL => return Ok(Proxied::Local),
        PROXY => {}
        command => return Err(NoHeader::Command { command }),
    }
    let (address, added) = match family {
        TCP_OVER_IPV4 => address::<4>(rest),
        TCP_OVER_IPV6 => address::<16>(rest),
        family => return Err(NoHeader::Family { family }),
    }
    .ok_or(NoHeader::CutOff("its addresses"))?;
    let endpoint = endpoint(head, rest, added)?;
    Ok(Proxied::Client { address, endpoint })
}

/// The source of the addresses, and what comes after them: source, destination, and both ports.
fn address<const N: usize>(rest: &[u8]) -> Option<(SocketAddr, &[u8])>
where
    [u8; N]: Ip,
{
    let (source, rest) = rest.split_first_chunk::<N>()?;
    let (_, rest) = rest.split_first_chunk::<N>()?;
    let (&[high, low, _, _], rest) = rest.split_first_chunk::<4>()?;
    Some((SocketAddr::new(source.ip().to_canonical(), u16::from_be_bytes([high, low])), rest))
}

trait Ip {
    fn ip(self) -> IpAddr;
}

impl Ip for [u8; 4] {
    fn ip(self) -> IpAddr {
        Ipv4Addr::from(self).into()
    }
}

impl Ip for [u8; 16] {
    fn ip(self) -> IpAddr {
        Ipv6Addr::from(self).into()
    }
}

/// The endpoint's id in what was added, all of which must be whole, and fit the checksum if there is one.
fn endpoint(head: &[u8; HEAD_BYTES], rest: &[u8], mut added: &[u8]) -> Result<Option<String>, NoHeader> {
    let (mut endpoint, mut checked) = (None, false);
    while !added.is_empty() {
        let cut_off = || NoHeader::CutOff("what is added to the addresses");
        let (&[kind, high, low], after) = added.split_first_chunk().ok_or_else(cut_off)?;
        let (value, after) =
            after.split_at_checked(usize::from(u16::from_be_bytes([high, low]))).ok_or_else(cut_off)?;
        match (kind, value) {
            (CHECKSUM, _) if std::mem::replace(&mut checked, true) => {
                return Err(NoHeader::Twice("what its checksum is"));
            }
            (CHECKSUM, _) => check(head, rest, value, rest.len() - after.len())?,
            (AWS, [AWS_ENDPOINT, id @ ..]) => {
                let id =
                    std::str::from_utf8(id).ok().filter(|id| is_endpoint(id)).ok_or(NoHeader::Endpoint)?;
                if endpoint.replace(id.to_owned()).is_some() {
                    return Err(NoHeader::Twice("which endpoint"));
                }
            }
            _ => {}
        }
        added = after;
    }
    Ok(endpoint)
}

/// The checksum is that of the whole header with zeros in its place, which ends at `end` of the rest.
fn check(head: &[u8; HEAD_BYTES], rest: &[u8], value: &[u8], end: usize) -> Result<(), NoHeader> {
    let told: [u8; 4] = value.try_into().map_err(|_| NoHeader::Checksum)?;
    let (before, after) = rest.split_at_checked(end).ok_or(NoHeader::Checksum)?;
    let before = before.get(..before.len() - told.len()).unwrap_or_default();
    let checksum = [before, &[0; 4], after]
        .iter()
        .fold(crc32c::crc32c(head), |sum, part| crc32c::crc32c_append(sum, part));
    if checksum == u32::from_be_bytes(told) { Ok(()) } else { Err(NoHeader::Checksum) }
}

/// Whether the text can be the id of a private endpoint: `vpce-`, and at most 64 lower-case letters, digits and hyphens.
pub fn is_endpoint(text: &str) -> bool {
    is_id(text, "vpce-")
}

/// The same of a private network: `vpc-`.
pub fn is_network(text: &str) -> bool {
    is_id(text, "vpc-")
}

fn is_id(text: &str, begin: &str) -> bool {
    let of_id = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.strip_prefix(begin).is_some_and(|rest| (1..=64).contains(&rest.len()) && rest.bytes().all(of_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, as a Network Load Balancer sends it: the client 203.0.113.7:51000, the endpoint, and padding.
    fn of_a_load_balancer() -> Vec<u8> {
        let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x00".to_vec();
        header.extend([203, 0, 113, 7, 10, 0, 0, 1, 0xc7, 0x38, 0x11, 0xd7]);
        header.extend([0x03, 0, 4, 0, 0, 0, 0]);
        header.extend(b"\xea\x00\x17\x01vpce-08d2bf15fac5001c9");
        header.extend(b"\x04\x00\x02\x00\x00");
        sealed(header)
    }

    /// With its length, and its checksum where it leaves room for one.
    fn sealed(mut header: Vec<u8>) -> Vec<u8> {
        let rest = u16::try_from(header.len() - HEAD_BYTES).unwrap();
        header[14..16].copy_from_slice(&rest.to_be_bytes());
        if header.get(28..31) == Some(&[3, 0, 4]) {
            let checksum = crc32c::crc32c(&header).to_be_bytes();
            header[31..35].copy_from_slice(&checksum);
        }
        header
    }

    fn parsed(header: &[u8]) -> Result<Proxied, NoHeader> {
        let (head, rest) = header.split_first_chunk().unwrap();
        parse(head, rest)
    }

    fn client(address: &str, endpoint: Option<&str>) -> Proxied {
        Proxied::Client { address: address.parse().unwrap(), endpoint: endpoint.map(str::to_owned) }
    }

    #[test]
    fn a_header_names_the_client_and_its_endpoint() {
        let header = of_a_load_balancer();
        assert_eq!(parsed(&header), Ok(client("203.0.113.7:51000", Some("vpce-08d2bf15fac5001c9"))));
        let plain = sealed(header[..28].to_vec());
        assert_eq!(parsed(&plain), Ok(client("203.0.113.7:51000", None)));
        let mut six = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x24".to_vec();
        six.extend(b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05");
        six.extend([0; 16]);
        six.extend([0, 80, 0, 81]);
        assert_eq!(parsed(&six), Ok(client("[2001:db8::5]:80", None)));
        six[16..32].copy_from_slice(b"\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x07");
        assert_eq!(parsed(&six), Ok(client("10.0.0.7:80", None)), "an IPv4 address in other words");
    }

    #[test]
    fn what_it_says_of_tls_and_of_others_matters_is_passed_over() {
        let mut header = of_a_load_balancer()[..28].to_vec();
        header.extend(b"\x20\x00\x05\x07\0\0\0\0");
        header.extend(b"\xea\x00\x05\x02vpce");
        header.extend(b"\xea\x00\x00");
        assert_eq!(parsed(&sealed(header)), Ok(client("203.0.113.7:51000", None)));
    }

    #[test]
    fn a_proxy_may_look_whether_somebody_is_here() {
        assert_eq!(parsed(b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"), Ok(Proxied::Local));
        assert_eq!(parsed(b"\r\n\r\n\0\r\nQUIT\n\x20\x11\x00\x03abc"), Ok(Proxied::Local));
    }

    #[test]
    fn every_changed_bit_of_a_header_with_a_checksum_is_noticed_or_changes_nothing() {
        let whole = of_a_load_balancer();
        let said = parsed(&whole).unwrap();
        for at in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[at / 8] ^= 1 << (at % 8);
            match parsed(&changed) {
                Err(_) => {}
                // The command alone says that nothing else counts, and then the proxy itself speaks.
                Ok(Proxied::Local) => assert_eq!(at / 8, 12),
                // What was the checksum is of another type then.
                Ok(other) => assert!(other == said && (28..31).contains(&(at / 8)), "bit {at}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_header_is_named() {
        let whole = of_a_load_balancer();
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut header = whole.clone();
            change(&mut header);
            parsed(&header)
        };
        assert_eq!(parsed(b"POST / HTTP/1.1\r\n"), Err(NoHeader::Other));
        assert_eq!(parsed(b"PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n"), Err(NoHeader::Other));
        assert_eq!(with(&|h| h[12] = 0x11), Err(NoHeader::Other), "version 1");
        assert_eq!(with(&|h| h[12] = 0x22), Err(NoHeader::Command { command: 0x22 }));
        for family in [0x00, 0x10, 0x12, 0x22, 0x31, 0xff] {
            assert_eq!(with(&|h| h[13] = family), Err(NoHeader::Family { family }));
        }
        let bytes = 0xff00 + usize::from(whole[15]);
        assert_eq!(with(&|h| h[14] = 0xff), Err(NoHeader::TooLong { bytes }));
        assert_eq!(with(&|h| h.truncate(60)), Err(NoHeader::CutOff("what follows its head")));
        assert_eq!(parsed(&sealed(whole[..27].to_vec())), Err(NoHeader::CutOff("its addresses")));
        let added = Err(NoHeader::CutOff("what is added to the addresses"));
        assert_eq!(parsed(&sealed([&whole[..28], &[4][..]].concat())), added);
        assert_eq!(parsed(&sealed([&whole[..28], &[4, 0, 1]].concat())), added);
        assert_eq!(with(&|h| h[31] ^= 1), Err(NoHeader::Checksum));
        assert_eq!(parsed(&sealed([&whole[..28], &[3, 0, 1, 0]].concat())), Err(NoHeader::Checksum));
        let twice = sealed([&whole[..28], &whole[35..58 + 3], &whole[35..58 + 3]].concat());
        assert_eq!(parsed(&twice), Err(NoHeader::Twice("which endpoint")));
        for id in
            ["", "vpce-", "vpc-1", "vpce-A", "vpce-a b", "vpce-\u{e9}", &format!("vpce-{}", "a".repeat(65))]
        {
            let value = [&[1], id.as_bytes()].concat();
            let length = u16::try_from(value.len()).unwrap().to_be_bytes();
            let header = sealed([&whole[..28], &[0xea], &length, &value].concat());
            assert_eq!(parsed(&header), Err(NoHeader::Endpoint), "{id}");
        }
    }
}
