/// An uncompressed picture (BMP): big enough that it crosses the cable in hundreds of segments.
enum Picture {
  /// A blend of colours, 24 bits a dot.
  static func bitmap(width: Int, height: Int) -> [UInt8] {
    let row = (width * 3 + 3) & ~3
    var bytes: [UInt8] = Array("BM".utf8)
    func put(_ value: Int, _ count: Int) {
      for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }
    put(54 + row * height, 4)
    put(0, 4)
    put(54, 4)
    // BITMAPINFOHEADER: one plane, 24 bits a dot, no compression.
    for (value, count) in [
      (40, 4), (width, 4), (height, 4), (1, 2), (24, 2), (0, 4), (row * height, 4), (2_835, 4), (2_835, 4),
      (0, 4), (0, 4),
    ] { put(value, count) }
    for y in 0..<height {
      for x in 0..<width {
        bytes += [UInt8(255 * x / width), UInt8(255 * y / height), UInt8((x ^ y) & 255)]
      }
      bytes += [UInt8](repeating: 0, count: row - width * 3)
    }
    return bytes
  }
}
