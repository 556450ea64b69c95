graph [
  DateObtained "17/02/11"
  GeoLocation "Jorvoll"
  GeoExtent "Country"
  Network "Jorvoll"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Jorvoll"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Torbeville"
    Country "Jorvoll"
    Longitude 17.02917
    Internal 1
    Latitude 45.32631
  ]
  node [
    id 1
    label "Osstioria"
    Country "Jorvoll"
    Longitude 21.64376
    Internal 1
    Latitude 48.52505
  ]
  node [
    id 2
    label "Ravtisund"
    Country "Jorvoll"
    Longitude 6.05441
    Internal 1
    Latitude 65.95278
  ]
  node [
    id 3
    label "Zanraby"
    Country "Jorvoll"
    Longitude 15.3507
    Internal 1
    Latitude 48.05116
  ]
  node [
    id 4
    label "Lomstaville"
    Country "Jorvoll"
    Longitude 11.65769
    Internal 1
    Latitude 59.84923
  ]
  node [
    id 5
    label "Osslestad"
    Country "Jorvoll"
    Longitude 21.86985
    Internal 1
    Latitude 47.92552
  ]
  node [
    id 6
    label "Holtivik"
    Country "Jorvoll"
    Longitude 5.19504
    Internal 1
    Latitude 45.08921
  ]
  node [
    id 7
    label "Ekmistad"
    Country "Jorvoll"
    Longitude 18.48132
    Internal 1
    Latitude 61.98522
  ]
  node [
    id 8
    label "Kelwald"
    Country "Jorvoll"
    Longitude 15.77284
    Internal 1
    Latitude 46.42987
  ]
  node [
    id 9
    label "Holstanes"
    Country "Jorvoll"
    Longitude 4.99697
    Internal 1
    Latitude 55.92528
  ]
  node [
    id 10
    label "Ekstaton"
    Country "Jorvoll"
    Longitude 28.64999
    Internal 1
    Latitude 48.29256
  ]
  node [
    id 11
    label "Falholm"
    Country "Jorvoll"
    Longitude 29.58774
    Internal 1
    Latitude 54.53109
  ]
  node [
    id 12
    label "Ossmioria"
    Country "Jorvoll"
    Longitude 7.87486
    Internal 1
    Latitude 56.48085
  ]
  node [
    id 13
    label "Ivotistad"
    Country "Jorvoll"
    Longitude 8.45332
    Internal 1
    Latitude 59.27195
  ]
  node [
    id 14
    label "Falham"
    Country "Jorvoll"
    Longitude 16.9636
    Internal 1
    Latitude 52.64657
  ]
  node [
    id 15
    label "Normiberg"
    Country "Jorvoll"
    Longitude 18.71097
    Internal 1
    Latitude 45.9608
  ]
  node [
    id 16
    label "Kelmidal"
    Country "Jorvoll"
    Longitude 11.06772
    Internal 1
    Latitude 53.90544
  ]
  node [
    id 17
    label "Falstamouth"
    Country "Jorvoll"
    Longitude 22.18054
    Internal 1
    Latitude 50.31098
  ]
  node [
    id 18
    label "Ravnomouth"
    Country "Jorvoll"
    Longitude 20.25683
    Internal 1
    Latitude 46.38102
  ]
  node [
    id 19
    label "Pelwald"
    Country "Jorvoll"
    Longitude 28.24569
    Internal 1
    Latitude 47.98673
  ]
  node [
    id 20
    label "Solwiton"
    Country "Jorvoll"
    Longitude 18.54401
    Internal 1
    Latitude 55.77771
  ]
  node [
    id 21
    label ""
    Internal 0
  ]
  edge [
    source 0
    target 1
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 0
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 4
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 8
  ]
  edge [
    source 1
    target 9
  ]
  edge [
    source 2
    target 10
  ]
  edge [
    source 3
    target 11
  ]
  edge [
    source 3
    target 12
  ]
  edge [
    source 13
    target 14
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 14
    target 15
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 15
    target 16
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 16
    target 17
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 13
    target 16
  ]
  edge [
    source 19
    target 20
  ]
]
