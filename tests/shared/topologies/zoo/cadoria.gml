graph [
  DateObtained "17/02/11"
  GeoLocation "Cadoria"
  GeoExtent "Country"
  Network "Cadoria"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Cadoria"
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
    label "Cadoria Central"
    Country "Cadoria"
    Longitude 10.42504
    Internal 1
    Latitude 56.97304
  ]
  node [
    id 1
    label "Lomwimouth"
    Country "Cadoria"
    Longitude 20.89445
    Internal 1
    Latitude 46.44163
  ]
  node [
    id 2
    label "Altioria"
    Country "Cadoria"
    Longitude 18.87119
    Internal 1
    Latitude 49.21837
  ]
  node [
    id 3
    label "Ystimouth"
    Country "Cadoria"
    Longitude 14.72263
    Internal 1
    Latitude 63.94249
  ]
  node [
    id 4
    label "Holgrad"
    Country "Cadoria"
    Internal 1
  ]
  node [
    id 5
    label "Zanbedal"
    Country "Cadoria"
    Longitude 8.3038
    Internal 1
    Latitude 66.06494
  ]
  node [
    id 6
    label "Branoberg"
    Country "Cadoria"
    Longitude 26.2364
    Internal 1
    Latitude 50.9275
  ]
  node [
    id 7
    label "Ulvik"
    Country "Cadoria"
    Longitude 23.2815
    Internal 1
    Latitude 65.26417
  ]
  node [
    id 8
    label "Marwald"
    Country "Cadoria"
    Longitude 30.03053
    Internal 1
    Latitude 47.95128
  ]
  node [
    id 9
    label "Lomdaby"
    Country "Cadoria"
    Longitude 7.67116
    Internal 1
    Latitude 49.77371
  ]
  node [
    id 10
    label "Wesstastad"
    Country "Cadoria"
    Longitude 15.37101
    Internal 1
    Latitude 63.3365
  ]
  node [
    id 11
    label "Torraville"
    Country "Cadoria"
    Longitude 19.7748
    Internal 1
    Latitude 64.89244
  ]
  node [
    id 12
    label "Wesbeoria"
    Country "Cadoria"
    Longitude 30.75672
    Internal 1
    Latitude 59.76802
  ]
  node [
    id 13
    label "Falsund"
    Country "Cadoria"
    Longitude 30.04509
    Internal 1
    Latitude 64.90331
  ]
  node [
    id 14
    label "Tordaholm"
    Country "Cadoria"
    Longitude 21.09035
    Internal 1
    Latitude 66.73758
  ]
  node [
    id 15
    label "Ivonoford"
    Country "Cadoria"
    Longitude 5.71344
    Internal 1
    Latitude 63.78673
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
    source 0
    target 2
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 3
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
    target 5
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 6
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 7
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 8
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 9
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 10
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 11
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 12
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 13
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 14
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 15
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
]
