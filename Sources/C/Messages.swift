// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Names are those of strata.h.

import CStrata
import Glibc
import StrataBSD
import StrataBase

// Bytes and datagrams in and out.

/// IOV_MAX
private let mostPieces = 1_024

/// The memory that C's vector names. `tooMany`: what it is called when there are more than Linux takes.
private func pieces(
  _ vector: UnsafePointer<iovec>?, _ count: Int, tooMany: ErrorNumber
) throws(ErrorNumber) -> [UnsafeMutableRawBufferPointer] {
  guard (0...mostPieces).contains(count) else { throw tooMany }
  if count == 0 { return [] }
  guard let vector else { throw .badAddress }
  var pieces: [UnsafeMutableRawBufferPointer] = []
  for piece in UnsafeBufferPointer(start: vector, count: count) {
    guard piece.iov_base != nil || piece.iov_len == 0 else { throw .badAddress }
    guard piece.iov_len >= 0 else { throw .invalidArgument }
    pieces.append(UnsafeMutableRawBufferPointer(start: piece.iov_base, count: piece.iov_len))
  }
  return pieces
}

private func piece(
  _ buffer: UnsafeMutableRawPointer?, _ count: Int
) throws(ErrorNumber) -> [UnsafeMutableRawBufferPointer] {
  guard buffer != nil || count == 0 else { throw .badAddress }
  return [UnsafeMutableRawBufferPointer(start: buffer, count: count)]
}

// MARK: Receiving

private func receive(
  _ stack: SharedStack, _ fd: Int32, _ pieces: [UnsafeMutableRawBufferPointer], _ flags: Int32
) throws(ErrorNumber) -> Received {
  var receiving = Receiving(try stack.socket(fd), into: pieces, flags: MessageFlags(rawValue: flags))
  return try stack.finish(&receiving)
}

/// `read` and `readv`: nothing to read into is nothing to wait for.
private func read(
  _ stack: SharedStack, _ fd: Int32, _ pieces: [UnsafeMutableRawBufferPointer]
) throws(ErrorNumber) -> Int {
  _ = try stack.socket(fd)
  if pieces.allSatisfy(\.isEmpty) { return 0 }
  return try receive(stack, fd, pieces, 0).count
}

@c @implementation
public func strata_read(
  _ stack: OpaquePointer!, _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ count: Int
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in try read(stack, fd, piece(buffer, count)) }
}

@c @implementation
public func strata_readv(
  _ stack: OpaquePointer!, _ fd: Int32, _ vector: UnsafePointer<iovec>!, _ count: Int32
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in
    try read(stack, fd, pieces(vector, Int(count), tooMany: .invalidArgument))
  }
}

@c @implementation
public func strata_recvfrom(
  _ stack: OpaquePointer!, _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ count: Int, _ flags: Int32,
  _ name: UnsafeMutablePointer<sockaddr>!, _ nameCount: UnsafeMutablePointer<socklen_t>!
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in
    let received = try receive(stack, fd, piece(buffer, count), flags)
    try store(received.from ?? [], name, nameCount)
    return received.count
  }
}

@c @implementation
public func strata_recvmsg(
  _ stack: OpaquePointer!, _ fd: Int32, _ message: UnsafeMutablePointer<msghdr>!, _ flags: Int32
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in
    guard let message else { throw .badAddress }
    let into = try pieces(message.pointee.msg_iov, Int(message.pointee.msg_iovlen), tooMany: .messageTooLong)
    var received = try receive(stack, fd, into, flags)
    let name = message.pointee.msg_name?.assumingMemoryBound(to: sockaddr.self)
    if name != nil { try store(received.from ?? [], name, &message.pointee.msg_namelen) }
    let room = message.pointee.msg_control == nil ? 0 : Int(message.pointee.msg_controllen)
    if received.control.count > room { received.flags.insert(.controlTruncated) }
    let control = received.control.prefix(room)
    UnsafeMutableRawBufferPointer(start: message.pointee.msg_control, count: control.count)
      .copyBytes(from: control)
    message.pointee.msg_controllen = control.count
    message.pointee.msg_flags = received.flags.rawValue
    return received.count
  }
}

// MARK: Sending

private func send(
  _ stack: SharedStack, _ fd: Int32, _ pieces: [UnsafeMutableRawBufferPointer], _ flags: Int32 = 0,
  to name: [UInt8]? = nil
) throws(ErrorNumber) -> Int {
  var sending = Sending(
    try stack.socket(fd), pieces.map { UnsafeRawBufferPointer($0) }, flags: MessageFlags(rawValue: flags),
    to: name)
  return try stack.finish(&sending)
}

@c @implementation
public func strata_write(_ stack: OpaquePointer!, _ fd: Int32, _ buffer: UnsafeRawPointer!, _ count: Int)
  -> Int
{
  call(stack) { (stack) throws(ErrorNumber) in
    try send(stack, fd, piece(UnsafeMutableRawPointer(mutating: buffer), count))
  }
}

@c @implementation
public func strata_writev(
  _ stack: OpaquePointer!, _ fd: Int32, _ vector: UnsafePointer<iovec>!, _ count: Int32
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in
    try send(stack, fd, pieces(vector, Int(count), tooMany: .invalidArgument))
  }
}

@c @implementation
public func strata_sendto(
  _ stack: OpaquePointer!, _ fd: Int32, _ buffer: UnsafeRawPointer!, _ count: Int, _ flags: Int32,
  _ name: UnsafePointer<sockaddr>!, _ nameCount: socklen_t
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in
    let to = try name.map { (name) throws(ErrorNumber) in try address(name, nameCount) }
    return try send(stack, fd, piece(UnsafeMutableRawPointer(mutating: buffer), count), flags, to: to)
  }
}

@c @implementation
public func strata_sendmsg(
  _ stack: OpaquePointer!, _ fd: Int32, _ message: UnsafePointer<msghdr>!, _ flags: Int32
) -> Int {
  call(stack) { (stack) throws(ErrorNumber) in
    guard let message = message?.pointee else { throw .badAddress }
    // No control message is known on the way out.
    let hasControl = message.msg_control != nil && Int(message.msg_controllen) >= MemoryLayout<cmsghdr>.size
    if hasControl { throw .invalidArgument }
    let from = try pieces(message.msg_iov, Int(message.msg_iovlen), tooMany: .messageTooLong)
    let to = message.msg_name == nil ? nil : try address(message.msg_name, message.msg_namelen)
    return try send(stack, fd, from, flags, to: to)
  }
}
