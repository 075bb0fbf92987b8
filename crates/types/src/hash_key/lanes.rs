//! MD5 of several texts at once, one in each lane of the processor's vectors, for texts that fit in one of MD5's blocks.
//! What is longer, or comes alone, is left to the library that digests one text at a time. Source: RFC 1321.
//!
//! The code is portable: a loop over lanes whose passes do not depend on each other, which the compiler makes into
//! instructions for vectors.

/// Eight words of 32 bits are what AVX2 has in a vector; SSE2, which every x86-64 has, takes two turns.
pub const LANES: usize = 8;
/// A block has room for the text, the bit that ends it, and its length.
pub const LEN_MAX: usize = 55;

const WORDS: usize = 16;
/// The state before the first block: 3.3.
const START: [u32; 4] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
/// What each step adds, fractions of sines: 3.4.
const SINES: [u32; 64] = [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
];

/// One block for each lane, as its words.
pub struct Blocks([[u32; LANES]; WORDS]);

impl Blocks {
    pub const EMPTY: Blocks = Blocks([[0; LANES]; WORDS]);

    /// Puts a text, of at most [`LEN_MAX`] bytes, into a lane.
    pub fn put(&mut self, lane: usize, text: &[u8]) {
        let mut block = [0; WORDS * 4];
        block[..text.len()].copy_from_slice(text);
        block[text.len()] = 0x80;
        let [bits_low, bits_high] = ((text.len() * 8) as u16).to_le_bytes();
        block[WORDS * 4 - 8] = bits_low;
        block[WORDS * 4 - 7] = bits_high;
        for (word, bytes) in self.0.iter_mut().zip(block.as_chunks().0) {
            word[lane] = u32::from_le_bytes(*bytes);
        }
    }

    /// The digests of all lanes, each as its four words.
    pub fn digests(&self) -> [[u32; 4]; LANES] {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // Only here is it certain that the processor has what the function is compiled for, which no safe call can say.
            #[allow(unsafe_code)]
            return unsafe { self.digests_avx2() };
        }
        self.digests_of_all()
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn digests_avx2(&self) -> [[u32; 4]; LANES] {
        self.digests_of_all()
    }

    #[inline(always)]
    fn digests_of_all(&self) -> [[u32; 4]; LANES] {
        let mut digests = [[0; 4]; LANES];
        for (lane, digest) in digests.iter_mut().enumerate() {
            let state = self.round(lane, 0, START, [7, 12, 17, 22], |step| step, |b, c, d| d ^ (b & (c ^ d)));
            let state =
                self.round(lane, 16, state, [5, 9, 14, 20], |step| 5 * step + 1, |b, c, d| c ^ (d & (b ^ c)));
            let state =
                self.round(lane, 32, state, [4, 11, 16, 23], |step| 3 * step + 5, |b, c, d| b ^ c ^ d);
            let state = self.round(lane, 48, state, [6, 10, 15, 21], |step| 7 * step, |b, c, d| c ^ (b | !d));
            for ((word, end), start) in digest.iter_mut().zip(state).zip(START) {
                *word = end.wrapping_add(start);
            }
        }
        digests
    }

    /// Sixteen steps: 3.4.
    #[inline(always)]
    fn round(
        &self,
        lane: usize,
        first: usize,
        [mut a, mut b, mut c, mut d]: [u32; 4],
        turns: [u32; 4],
        word: impl Fn(usize) -> usize,
        mix: impl Fn(u32, u32, u32) -> u32,
    ) -> [u32; 4] {
        for step in 0..16 {
            let sum = a
                .wrapping_add(mix(b, c, d))
                .wrapping_add(self.0[word(step) % WORDS][lane])
                .wrapping_add(SINES[first + step]);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(turns[step % 4])));
        }
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use md5::{Digest, Md5};

    use super::*;

    #[test]
    fn texts_of_every_length_digest_as_the_library_has_it() {
        let text: [u8; LEN_MAX] = std::array::from_fn(|at| 255 - at as u8);
        for first in 0..=LEN_MAX - LANES + 1 {
            let mut blocks = Blocks::EMPTY;
            (0..LANES).for_each(|lane| blocks.put(lane, &text[..first + lane]));
            let digests = blocks.digests();
            for (lane, digest) in digests.iter().enumerate() {
                let bytes: Vec<u8> = digest.iter().flat_map(|word| word.to_le_bytes()).collect();
                assert_eq!(bytes, *Md5::digest(&text[..first + lane]), "{}", first + lane);
            }
            // Both ways, where the processor has the vectors for the first.
            assert_eq!(blocks.digests_of_all(), digests);
        }
    }
}
