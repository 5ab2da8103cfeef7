//! Every bound on what a hostile file or request may cost. Checked before anything is allocated.

/// Bounds; `Default` suits a browser. All sizes in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// IFDs of one file, chain and SubIFDs together.
    pub ifds: u64,
    /// Entries of one IFD.
    pub ifd_entries: u64,
    /// One tag's value, where it is read whole (block tables are not).
    pub tag_bytes: u64,
    /// Metadata of one file kept in memory, block tables included.
    pub metadata_bytes: u64,
    /// One block as stored in the file.
    pub encoded_block_bytes: u64,
    /// One block decoded.
    pub block_bytes: u64,
    /// Blocks in one plan.
    pub plan_blocks: u64,
    /// Stored bytes that one plan may fetch.
    pub plan_bytes: u64,
    /// Pixels of one result (`maxBytes` in JavaScript).
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            ifds: 1024,
            ifd_entries: 4096,
            tag_bytes: 16 * MIB,
            metadata_bytes: 256 * MIB,
            encoded_block_bytes: 256 * MIB,
            block_bytes: 256 * MIB,
            plan_blocks: 1 << 20,
            plan_bytes: 1024 * MIB,
            output_bytes: 512 * MIB,
        }
    }
}

impl Limits {
    /// The limit that JavaScript knows by that name.
    pub fn place(&mut self, name: &str) -> Option<&mut u64> {
        Some(match name {
            "ifds" => &mut self.ifds,
            "ifdEntries" => &mut self.ifd_entries,
            "tagBytes" => &mut self.tag_bytes,
            "metadataBytes" => &mut self.metadata_bytes,
            "encodedBlockBytes" => &mut self.encoded_block_bytes,
            "blockBytes" => &mut self.block_bytes,
            "planBlocks" => &mut self.plan_blocks,
            "planBytes" => &mut self.plan_bytes,
            "outputBytes" => &mut self.output_bytes,
            _ => return None,
        })
    }
}
