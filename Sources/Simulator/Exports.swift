// What a test of its user needs from the layers below, and no more: their short names would meet those of
// the user's own types.
@_exported import struct StrataBase.Instant
@_exported import struct StrataBase.Interval
@_exported import struct StrataBase.Random
@_exported import struct StrataLink.CableSettings
@_exported import struct StrataSockets.Descriptor
@_exported import class StrataSockets.AsyncListener
@_exported import class StrataSockets.AsyncSockets
@_exported import class StrataSockets.AsyncStreamSocket
@_exported import protocol StrataSockets.Program
@_exported import struct StrataSockets.SocketAddress
@_exported import protocol StrataSockets.SocketCalls
@_exported import enum StrataSockets.SocketError
@_exported import struct StrataSockets.SocketEvent
@_exported import enum StrataSockets.SocketKind
@_exported import enum StrataSockets.SocketOption
@_exported import struct StrataStack.HostSettings
@_exported import class StrataStack.SocketTable
@_exported import struct StrataWire.Address
@_exported import struct StrataWire.AddressPrefix
