/// Loads and stores of the fields of a wire format, at byte offsets.
///
/// A view proves its length once, in its initialiser. The loads themselves still check their bounds;
/// the optimiser folds those checks into that one guard. `native` fields are not swapped: a checksum
/// adds words in the order in which they lie in memory.
extension RawSpan {
  @inline(__always) @inlinable public func byte(at offset: Int) -> UInt8 {
    unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
  @inline(__always) @inlinable public func native16(at offset: Int) -> UInt16 {
    unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
  }
  @inline(__always) @inlinable public func native32(at offset: Int) -> UInt32 {
    unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }
  @inline(__always) @inlinable public func native64(at offset: Int) -> UInt64 {
    unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }
  @inline(__always) @inlinable public func big16(at offset: Int) -> UInt16 {
    UInt16(bigEndian: native16(at: offset))
  }
  @inline(__always) @inlinable public func big32(at offset: Int) -> UInt32 {
    UInt32(bigEndian: native32(at: offset))
  }
  @inline(__always) @inlinable public func big64(at offset: Int) -> UInt64 {
    UInt64(bigEndian: native64(at: offset))
  }
  /// A copy of the bytes, for tests and slow paths.
  @inlinable public var array: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension MutableRawSpan {
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func setByte(_ value: UInt8, at offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
  }
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func setNative16(_ value: UInt16, at offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: UInt16.self)
  }
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func setNative32(_ value: UInt32, at offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func setNative64(_ value: UInt64, at offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
  }
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func setBig16(_ value: UInt16, at offset: Int) {
    setNative16(value.bigEndian, at: offset)
  }
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func setBig32(_ value: UInt32, at offset: Int) {
    setNative32(value.bigEndian, at: offset)
  }
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func setBig64(_ value: UInt64, at offset: Int) {
    setNative64(value.bigEndian, at: offset)
  }
  /// Copies all of `source` to `offset`.
  @_lifetime(self: copy self) @inline(__always)
  @inlinable public mutating func set(_ source: RawSpan, at offset: Int) {
    precondition(offset >= 0 && source.byteCount <= byteCount &- offset)
    withUnsafeMutableBytes { target in
      source.withUnsafeBytes { from in
        guard let to = target.baseAddress, let bytes = from.baseAddress else { return }
        (to + offset).copyMemory(from: bytes, byteCount: from.count)
      }
    }
  }
}
