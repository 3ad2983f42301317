// All of Strata under one name: `import Strata`. A package that wants one layer imports that layer.
@_exported import StrataBase
@_exported import StrataDevices
@_exported import StrataFiles
@_exported import StrataHTTP
@_exported import StrataInternet
@_exported import StrataKernel
@_exported import StrataLink
@_exported import StrataLoop
@_exported import StrataRecording
@_exported import StrataService
@_exported import StrataSimulator
@_exported import StrataSockets
@_exported import StrataStack
@_exported import StrataTransport
@_exported import StrataWire
